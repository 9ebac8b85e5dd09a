#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

inline constexpr std::size_t kBlockSize = 512;

/// The bytes from the end of something of this size to the next block.
constexpr std::size_t paddingAfter(std::uint64_t size) {
    return static_cast<std::size_t>((kBlockSize - size % kBlockSize) % kBlockSize);
}

/// The path as the tar has it: a directory's ends in a slash.
std::string tarName(const Entry& entry);

/// Does this not fit the ustar header, so that a pax record must hold it?
bool needsPaxName(std::string_view text);
bool needsPaxId(std::uint32_t id);
bool needsPaxNumber(std::uint64_t sizeOrTime);

/// Appends the one ustar header (POSIX pax(1), "ustar Interchange Format") that a layer may have for this
/// entry. Names that do not fit are cut, numbers that do not fit are 0: their pax records have them.
void appendUstarHeader(std::string& out, const Entry& entry);

/// Appends the header block that stands before `size` bytes of pax records.
void appendPaxBlock(std::string& out, std::size_t size);

/// The type byte of a header block, 'x' for a pax header.
char typeFlag(std::string_view block);

/// The size field of a header block.
std::uint64_t sizeField(std::string_view block);

/// What a header block says; the entry is overwritten. Throws Error{Layer} when a field cannot be read. It
/// forgives: only comparing with appendUstarHeader() proves that the block is canonical.
void parseUstarHeader(std::string_view block, Entry& entry);

/// The name of the first field in which two header blocks differ, "mode"; the checksum's only when no other
/// does.
std::string_view differingField(std::string_view a, std::string_view b);

} // namespace rootlayer::layer
