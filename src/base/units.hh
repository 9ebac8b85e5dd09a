#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer {

/// Parses a size in bytes: "512M", "2G", "4096", "1.5GiB". K, M, G and T are powers of 1024. Nine
/// decimals count; the rest of a byte is dropped. Throws Error{Usage} naming `option`.
std::uint64_t parseSize(std::string_view text, std::string_view option);

/// Parses a duration: "90", "90s", "5m", "1h30m", "250ms", "2d". A number without a unit is seconds. Throws
/// Error{Usage} naming `option`.
std::chrono::milliseconds parseDuration(std::string_view text, std::string_view option);

/// Parses a decimal integer from `least` to `most`; throws Error{Usage} naming `option`.
std::int64_t parseInteger(std::string_view text, std::string_view option, std::int64_t least,
                          std::int64_t most);

/// "250 ms", "90 s", "2 min 30 s", "1 h 5 min", for people.
std::string humanDuration(std::chrono::milliseconds duration);

/// "1.2 GiB", for people.
std::string humanSize(std::uint64_t bytes);

} // namespace rootlayer
