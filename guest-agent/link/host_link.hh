#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/deadline.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "protocol/range.hh"

namespace rootlayer::guest {

/// What a step may say to the host while it works, and hear from it: a Connection seen from inside a request.
/// Throws Error{Protocol} once the host is gone, Error{Timeout} when it does not take what is sent.
class HostLink final {
  public:
    /// The connection is not owned.
    explicit HostLink(protocol::Connection& connection);

    /// Sends bytes as Data frames of at most 1 MiB.
    void data(protocol::Stream stream, std::string_view bytes);
    /// Sends, in place of a layer's bytes, where they lie on the scratch disk.
    void range(const protocol::Range& range);
    /// How long the host may take for what was sent: minutes, and what it needs to read the ranges.
    std::chrono::milliseconds timeouts() const;
    /// Something the user should know. After 200 in one request the rest are only counted, see
    /// endOfWarnings().
    void warn(std::string_view text);
    /// Tells how many warnings were not sent, if any, and counts anew.
    void endOfWarnings();
    /// To be called often: sends a heartbeat when nothing was sent for some seconds.
    void tick();
    /// True once the host has sent Cancel; never waits. Any other frame is an Error{Protocol}.
    bool cancelled();
    /// Readable when cancelled() has something to look at.
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
