#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include <rootlayer/event.hh>

#include "base/stream.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "protocol/messages.hh"
#include "protocol/range.hh"
#include "session/patience.hh"

namespace rootlayer::session {

/// How long the host waits for the guest. Heartbeats extend none of these but `silence`.
struct Timeouts {
    std::chrono::milliseconds hello{30'000};
    std::chrono::milliseconds assemble{60'000};
    /// Between two frames while the script runs or the layer is received. The agent sends a heartbeat every 5
    /// s.
    std::chrono::milliseconds silence{90'000};
    /// Added to the script's own timeout, so that the guest can end the script.
    std::chrono::milliseconds grace{15'000};
    /// For a layer of which nothing arrives; each byte adds to it (Patience). In this time the guest must
    /// look at everything that the script left, and write to the disk what is still in memory.
    std::chrono::milliseconds pack{600'000};
};

/// The bounds of one pack().
struct PackLimits {
    Deadline total = Deadline::never();    ///< the caller's own time limit
    std::chrono::milliseconds flushing{0}; ///< added to Timeouts::pack, for what is to be written to the disk
};

/// The host's side of docs/protocol.md. One call for each request, in the order hello (or wake), assemble,
/// run, pack. The guest is not trusted: counts and lengths are bounded and texts are escaped. Throws
/// Error{Timeout}, Error{Protocol}, and the failures that the guest reports.
class Session final {
  public:
    /// The connection and the observer must outlive the session.
    Session(protocol::Connection& connection, Observer& observer, Timeouts timeouts = {});

    /// Waits for the agent's hello. Throws Error{Protocol} for another protocol version.
    protocol::Hello hello();
    /// Asks the agent of a restored machine, which said hello before it was frozen, for its hello.
    protocol::Hello wake();
    void assemble(const protocol::AssembleRequest& request);
    /// The script's output goes to the observer while it arrives.
    protocol::RunReply run(const protocol::RunRequest& request);
    /// Copies a range of the scratch disk to the sink.
    using ReadRange = std::function<void(const protocol::Range&, Sink&)>;
    /// Writes the layer's bytes to `layer` and checks their number against the guest's. `readRange` is needed
    /// for a request with `ranges`; without it a Range frame is Error{Protocol}. Throws Error{Timeout} if the
    /// guest makes too little progress.
    protocol::PackEnd pack(const protocol::PackRequest& request, Sink& layer, const ReadRange& readRange = {},
                           const PackLimits& limits = {});

    /// Is told what a script without a network wanted to reach: a name or an address, and a port or 0. The
    /// host is not checked. At most 10,000 times.
    using OnRefused = std::function<void(std::string_view host, std::uint16_t port)>;
    void setOnRefused(OnRefused onRefused) { m_onRefused = std::move(onRefused); }

    /// The guest's warnings so far, each with "guest: " in front.
    const std::vector<std::string>& warnings() const { return m_warnings; }

  private:
    using OnData = std::function<void(protocol::Stream, std::string_view)>;
    using OnRange = std::function<void(const protocol::Range&)>;
    /// Sends the request and handles frames until one of type `answer` (Reply or End), which is returned.
    protocol::Frame exchange(const protocol::Request& request, protocol::FrameType answer, Deadline total,
                             std::chrono::milliseconds silence, const OnData& onData,
                             const OnRange& onRange = {}, Patience* patience = nullptr);
    protocol::Frame receive(Deadline limit, Patience* patience);
    void handleEvent(std::string_view payload);

    protocol::Connection& m_connection;
    Observer& m_observer;
    Timeouts m_timeouts;
    std::vector<std::string> m_warnings;
    std::uint64_t m_events = 0;
    std::size_t m_notes = 0;
    OnRefused m_onRefused;
    std::uint64_t m_refused = 0;
};

} // namespace rootlayer::session
