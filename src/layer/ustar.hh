#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

inline constexpr std::size_t kBlockSize = 512;

/// The number of bytes of padding that fill something of this size to a whole block.
constexpr std::size_t paddingAfter(std::uint64_t size) {
    return static_cast<std::size_t>((kBlockSize - size % kBlockSize) % kBlockSize);
}

/// The path as written in the tar: that of a directory ends in a slash.
std::string tarName(const Entry& entry);

/// Does this value not fit in the ustar header, so that it needs a pax record?
bool needsPaxName(std::string_view text);
bool needsPaxId(std::uint32_t id);
bool needsPaxNumber(std::uint64_t sizeOrTime);

/// Appends the ustar header (POSIX pax(1), "ustar Interchange Format") of an entry; there is exactly one
/// valid form. Names that do not fit are cut and numbers that do not fit are 0: their pax records have the
/// values.
void appendUstarHeader(std::string& out, const Entry& entry);

/// Appends the header block for `size` bytes of pax records.
void appendPaxBlock(std::string& out, std::size_t size);

/// The type byte of a header block, 'x' for a pax header.
char typeFlag(std::string_view block);

/// The size field of a header block.
std::uint64_t sizeField(std::string_view block);

/// Parses a header block and overwrites the entry. Throws Error{Layer} if a field cannot be read. It is
/// lenient: only a comparison with appendUstarHeader() proves that the block is canonical.
void parseUstarHeader(std::string_view block, Entry& entry);

/// The name of the first field that differs in two header blocks, such as "mode"; the checksum only if no
/// other field differs.
std::string_view differingField(std::string_view a, std::string_view b);

} // namespace rootlayer::layer
