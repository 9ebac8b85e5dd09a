#pragma once

#include <cstddef>
#include <cstdint>

/// The second port: multiplexed byte streams between guest and host (docs/protocol.md, "Streams"). The guest
/// opens a stream, the host connects it to something. Each direction ends on its own.
namespace rootlayer::protocol {

constexpr const char* kStreamsPortName = "org.rootlayer.streams.0";

/// The types of frames on the streams' port. Every payload begins with the stream's id, a u32 LE.
enum class StreamFrame : std::uint8_t {
    Open = 1,   ///< guest -> host: `flags` is a StreamKind, the rest of the payload says what to connect to
    Data = 2,   ///< bytes of the stream, at most kMaxStreamPiece
    End = 3,    ///< the sender sends no more Data
    Reset = 4,  ///< the stream is over, both ways
    Credit = 5, ///< u32 LE: the receiver of Data has used so many bytes
    Bye = 6,    ///< guest -> host, with id 0: the script has ended and nothing more follows
};

/// What the guest asks for when it opens a stream.
enum class StreamKind : std::uint8_t {
    Tcp = 1,        ///< "PORT HOST": a connection; HOST is a name or an address
    Name = 2,       ///< "NAME": may the script resolve it? The host answers with Data (protocol::NameAnswer)
    RefusedTcp = 3, ///< "PORT HOST": the guest refused such a connection already; for the host's log
};

/// Bytes that a sender may send before it has Credit for more.
constexpr std::size_t kStreamWindow = std::size_t{256} * 1024;
constexpr std::size_t kMaxStreams = 256;
constexpr std::size_t kMaxStreamPiece = std::size_t{64} * 1024;
constexpr std::size_t kMaxStreamTarget = 300;

} // namespace rootlayer::protocol
