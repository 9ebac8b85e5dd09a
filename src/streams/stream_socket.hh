#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "streams/multiplexer.hh"

namespace rootlayer::streams {

/// Carries bytes between a stream and a socket, both ways, until both directions have ended. Each direction
/// ends on its own, as TCP's do; a broken one breaks the other end too. Holds at most kStreamWindow bytes.
class StreamSocket final {
  public:
    /// The multiplexer must outlive this object. Without a socket yet, bytes of the stream are kept.
    StreamSocket(Multiplexer& streams, StreamId id) : m_streams(streams), m_id(id) {}
    /// Breaks what has not ended.
    ~StreamSocket();
    StreamSocket(const StreamSocket&) = delete;
    StreamSocket& operator=(const StreamSocket&) = delete;

    /// Gives it its connected socket, which becomes non-blocking.
    void attach(UniqueFd socket);
    /// Whether bytes of the stream may go to the socket; until then they are kept. Default: true.
    void release(bool may) { m_released = may; }
    /// The bytes of the stream that have not gone to the socket yet.
    std::string_view held() const { return std::string_view(m_toSocket).substr(m_written); }

    // What the multiplexer reports of the stream.
    void onData(std::string_view bytes);
    void onEnd() { m_streamEnded = true; }
    void onReset();

    StreamId id() const { return m_id; }
    /// -1: none yet, or no more.
    int fd() const { return m_socket.get(); }
    /// The events to poll(2) the socket for.
    short events() const;
    /// Moves bytes after poll(2) found `found`.
    void move(short found);
    /// Breaks both ends.
    void abort();
    /// Ends the socket in order, and breaks what is left of the stream. What the socket was given is
    /// delivered unless it has received more than was read.
    void finish();
    /// Whether the other end of the socket has acknowledged everything that the socket was given.
    bool acknowledged() const;
    /// Whether the stream has ended.
    bool streamEnded() const { return m_streamEnded; }

    /// Whether both directions have ended, or it was broken.
    bool over() const { return m_over; }
    /// Whether the socket sends nothing more, and all that it sent is in the stream.
    bool socketEnded() const { return m_over || m_socketEnded; }
    bool broken() const { return m_broken; }
    std::uint64_t fromSocket() const { return m_fromSocket; }
    std::uint64_t toSocket() const { return m_toSocketTotal; }

  private:
    void read();
    void write();
    std::size_t sendSome(std::string_view bytes);
    void finishIfDone();

    Multiplexer& m_streams;
    StreamId m_id;
    UniqueFd m_socket;
    std::string m_toSocket;
    std::size_t m_written = 0; ///< of m_toSocket
    bool m_released = true;
    bool m_streamEnded = false; ///< nothing more comes from the stream
    bool m_shutDown = false;    ///< and the socket was told so
    bool m_socketEnded = false;
    bool m_over = false;
    bool m_broken = false;
    std::uint64_t m_fromSocket = 0;
    std::uint64_t m_toSocketTotal = 0;
};

} // namespace rootlayer::streams
