#pragma once

#include <cstdint>

namespace rootlayer::protocol {

constexpr int kVersion = 1;
constexpr const char* kPortName = "org.rootlayer.agent.0";

/// docs/protocol.md, "Frames". The numbers are the wire's.
enum class FrameType : std::uint8_t {
    Hello = 1,   ///< guest -> host, the first frame
    Request = 2, ///< host -> guest
    Reply = 3,   ///< guest -> host: the request succeeded
    Failure = 4, ///< guest -> host: the request failed, with an Error
    Event = 5,   ///< guest -> host, while a request is under way
    Data = 6,    ///< raw bytes; `flags` says of what (Stream)
    End = 7,     ///< guest -> host: the layer's last Data was sent
    Cancel = 8,  ///< host -> guest: kill the script
    Range = 9,   ///< guest -> host: the layer goes on with a piece of the scratch disk
};

/// What a Data frame carries, in its `flags`.
enum class Stream : std::uint8_t { Layer = 0, Stdout = 1, Stderr = 2 };

constexpr bool operator==(std::uint8_t type, FrameType known) {
    return type == static_cast<std::uint8_t>(known);
}

} // namespace rootlayer::protocol
