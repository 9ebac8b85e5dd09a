#pragma once

#include <cstdint>
#include <string>

namespace rootlayer::protocol {

/// One frame, for any protocol. The speakers define what types and flags mean (protocol/control.hh;
/// docs/protocol.md, "Frames").
struct Frame {
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::string payload; ///< at most kMaxPayload bytes
};

constexpr std::size_t kHeaderSize = 8;
constexpr std::size_t kMaxPayload = std::size_t{1} << 20;

} // namespace rootlayer::protocol
