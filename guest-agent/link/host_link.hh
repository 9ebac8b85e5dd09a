#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/deadline.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "protocol/range.hh"

namespace rootlayer::guest {

/// The part of the Connection that a step may use while it works: what it may send to the host and receive
/// from it. Throws Error{Protocol} if the host is gone, Error{Timeout} if it does not read what is sent.
class HostLink final {
  public:
    /// The connection is not owned.
    explicit HostLink(protocol::Connection& connection);

    /// Sends bytes as Data frames of at most 1 MiB.
    void data(protocol::Stream stream, std::string_view bytes);
    /// Sends the location of layer bytes on the scratch disk instead of the bytes.
    void range(const protocol::Range& range);
    /// How long the host may take to read what was sent: some minutes, plus the time to read the ranges.
    std::chrono::milliseconds timeout() const;
    /// Sends a warning for the user. After 200 in one request the others are only counted, see
    /// endOfWarnings().
    void warn(std::string_view text);
    /// Reports that the script wanted to reach a host; `port` 0: unknown.
    void refused(std::string_view host, std::uint16_t port);
    /// Reports how many warnings were not sent, if any, and resets the count.
    void endOfWarnings();
    /// Call it often: sends a heartbeat if nothing was sent for some seconds.
    void tick();
    /// True once the host has sent Cancel; never waits. Throws Error{Protocol} for any other frame.
    bool cancelled();
    /// Readable when cancelled() has something to read.
    int fd() const { return m_connection.fd(); }

  private:
    void send(protocol::FrameType type, std::string_view payload, std::uint8_t flags = 0);

    protocol::Connection& m_connection;
    Deadline m_nextHeartbeat;
    std::size_t m_warnings = 0;
    std::uint64_t m_named = 0; ///< bytes of ranges
    bool m_cancelled = false;
};

} // namespace rootlayer::guest
