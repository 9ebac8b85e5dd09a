#pragma once

#include <cstdint>

namespace rootlayer::protocol {

constexpr int kVersion = 1;
constexpr const char* kPortName = "org.rootlayer.agent.0";
/// The upper directory, for the scripts of `before` and `after`.
constexpr const char* kLayerPath = "/layer";

/// The types of frames (docs/protocol.md, "Frames"). The numbers are those on the wire.
enum class FrameType : std::uint8_t {
    Hello = 1,   ///< guest -> host, the first frame
    Request = 2, ///< host -> guest
    Reply = 3,   ///< guest -> host: the request succeeded
    Failure = 4, ///< guest -> host: the request failed, with an Error
    Event = 5,   ///< guest -> host, while a request is in progress
    Data = 6,    ///< guest -> host: raw bytes; `flags` is a Stream
    End = 7,     ///< guest -> host: end of the layer's Data
    Cancel = 8,  ///< host -> guest: kill the script
    Range = 9,   ///< guest -> host: the layer continues with a range of the scratch disk
};

/// The contents of a Data frame, in its `flags`.
enum class Stream : std::uint8_t { Layer = 0, Stdout = 1, Stderr = 2 };

/// Any other type ends the connection.
constexpr bool isKnown(std::uint8_t type) {
    return type >= static_cast<std::uint8_t>(FrameType::Hello) &&
           type <= static_cast<std::uint8_t>(FrameType::Range);
}

constexpr bool operator==(std::uint8_t type, FrameType known) {
    return type == static_cast<std::uint8_t>(known);
}

} // namespace rootlayer::protocol
