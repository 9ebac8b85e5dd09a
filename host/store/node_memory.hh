#pragma once

#include <cstdint>
#include <string>

#include "store/node.hh"

// What the parts of a tree take of the heap, as glibc's malloc(3) hands it out: blocks of 32 bytes at least,
// with 8 bytes before each, in steps of 16.

namespace rootlayer::store {

/// Of one block.
constexpr std::uint64_t blockOf(std::uint64_t bytes) {
    const auto size = (bytes + 8 + 15) / 16 * 16;
    return size < 32 ? 32 : size;
}

/// Of a string's own block; short strings need none.
std::uint64_t memoryOf(const std::string& text);
/// Of a name with its node and its place in the parent's children, without the inode.
std::uint64_t memoryOfName(std::string_view name);
/// Of an inode with its attributes.
std::uint64_t memoryOf(const Inode& inode);

} // namespace rootlayer::store
