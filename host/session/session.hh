#pragma once

#include <functional>
#include <string_view>

#include <rootlayer/event.hh>

#include "base/stream.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "protocol/messages.hh"
#include "protocol/range.hh"

namespace rootlayer::session {

/// How long the host waits for the guest.
struct Timeouts {
    std::chrono::milliseconds hello{30'000};
    std::chrono::milliseconds assemble{60'000};
    /// Between two frames, while the script runs or the layer arrives: the agent sends a heartbeat every 5 s.
    std::chrono::milliseconds silence{90'000};
    /// On top of the script's own timeout, for the guest to end it.
    std::chrono::milliseconds grace{15'000};
};

/// The host's end of docs/protocol.md: one call a request, in the order hello (or wake), assemble, run, pack.
/// Believes nothing the guest says: counts and lengths are bounded, texts escaped. Throws Error{Timeout},
/// Error{Protocol}, and the guest's own failures.
class Session final {
  public:
    /// The connection and the observer must outlive the session.
    Session(protocol::Connection& connection, Observer& observer, Timeouts timeouts = {});

    /// Waits for the agent's first word; refuses another protocol version.
    protocol::Hello hello();
    /// The same of a machine that has said it before, to another: asks for it. Without events or data.
    protocol::Hello wake();
    void assemble(const protocol::AssembleRequest& request);
    /// The script's output goes to the observer as it comes.
    protocol::RunReply run(const protocol::RunRequest& request);
    /// Brings the bytes of a range of the scratch disk to the sink.
    using ReadRange = std::function<void(const protocol::Range&, Sink&)>;
    /// Hands the layer's bytes to the sink, and checks that as many came as the guest says. `readRange` is
    /// for a request with `ranges`; without it a guest that sends one is refused.
    protocol::PackEnd pack(const protocol::PackRequest& request, Sink& layer,
                           const ReadRange& readRange = {});

    /// The guest's warnings so far.
    const std::vector<std::string>& warnings() const { return m_warnings; }

  private:
    using OnData = std::function<void(protocol::Stream, std::string_view)>;
    using OnRange = std::function<void(const protocol::Range&)>;
    /// Sends the request and handles what comes until the answer, which is a Reply or an End.
    protocol::Frame exchange(const protocol::Request& request, protocol::FrameType answer, Deadline total,
                             std::chrono::milliseconds silence, const OnData& onData,
                             const OnRange& onRange = {});
    void handleEvent(std::string_view payload);

    protocol::Connection& m_connection;
    Observer& m_observer;
    Timeouts m_timeouts;
    std::vector<std::string> m_warnings;
    std::uint64_t m_events = 0;
};

} // namespace rootlayer::session
