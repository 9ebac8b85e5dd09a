#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer::tar {

inline constexpr std::size_t kTarBlock = 512;

/// One header block of a tar from any writer: v7, ustar, star or GNU.
struct TarHeader {
    std::string name; ///< with the prefix, as written
    std::string link;
    char type = '0';
    std::int64_t mode = 0;
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t size = 0;
    std::int64_t mtime = 0;
    std::int64_t devMajor = 0;
    std::int64_t devMinor = 0;
};

bool isZeroBlock(std::string_view block);

/// Throws Error{Image} for a wrong checksum, a number that is malformed or out of range, and a negative size.
TarHeader parseTarHeader(std::string_view block);

/// Parses a numeric header field: octal or base 256 (GNU), possibly negative. `name` is for the error
/// message.
std::int64_t parseTarNumber(std::string_view field, std::string_view name);

} // namespace rootlayer::tar
