#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

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

/// What the 8 bytes before a payload say (docs/protocol.md, "Frames").
struct FrameHeader {
    std::uint32_t length = 0; ///< of the payload
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    bool wellFormed = false; ///< at most kMaxPayload, and the reserved bytes are 0
};

/// Reads the first kHeaderSize bytes, which must be there.
FrameHeader decodeHeader(std::string_view bytes);
/// Throws Error{Internal} for a length above kMaxPayload.
std::array<char, kHeaderSize> encodeHeader(std::uint8_t type, std::uint8_t flags, std::size_t length);

/// Appends an encoded frame whose payload is `front` and then `back`, together at most kMaxPayload bytes.
void appendFrame(std::string& to, std::uint8_t type, std::uint8_t flags, std::string_view front,
                 std::string_view back = {});

} // namespace rootlayer::protocol
