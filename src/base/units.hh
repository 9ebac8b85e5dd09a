#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer {

/// "512M", "2G", "4096", "1.5GiB": bytes; K, M, G, T are powers of 1024. Throws Error{Usage} naming `option`.
std::uint64_t parseSize(std::string_view text, std::string_view option);

/// "90", "90s", "5m", "1h30m", "250ms": a duration; a bare number is seconds. Throws Error{Usage} naming
/// `option`.
std::chrono::milliseconds parseDuration(std::string_view text, std::string_view option);

/// A whole decimal number that fits; throws Error{Usage} naming `option`.
std::int64_t parseInteger(std::string_view text, std::string_view option, std::int64_t least,
                          std::int64_t most);

/// "250 ms", "90 s", "2 min 30 s", "1 h 5 min", for people.
std::string humanDuration(std::chrono::milliseconds duration);

/// "1.2 GiB", for people.
std::string humanSize(std::uint64_t bytes);

} // namespace rootlayer
