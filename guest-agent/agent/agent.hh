#pragma once

#include <functional>
#include <utility>

#include "base/stream.hh"
#include "guest-agent/link/host_link.hh"
#include "protocol/connection.hh"
#include "protocol/control.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The steps that the agent performs: in the machine itself (machine_steps.hh), or in a fake one for tests.
/// Each throws Error on failure; the host gets it as a Failure.
struct Steps {
    std::function<void(const protocol::AssembleRequest&, HostLink&)> assemble;
    /// One of the run's scripts; the request says which.
    std::function<protocol::RunReply(const protocol::RunRequest&, HostLink&)> run;
    /// Writes the layer to the sink.
    std::function<protocol::PackEnd(const protocol::PackRequest&, Sink&, HostLink&)> pack;
};

/// The guest's side of docs/protocol.md: says hello, then serves requests one at a time in the order
/// assemble, before, run, after, pack; before only if assemble announced it, after only if the host wants it.
/// Wake is allowed before them, bye at any time. A step that fails and a request out of order are answered
/// with Failure.
class Agent final {
  public:
    /// The connection is not owned.
    Agent(protocol::Connection& connection, Steps steps);

    /// Returns after bye. Throws Error{Protocol} if the host is gone or sends a malformed frame,
    /// Error{Timeout} if it sends no request for 30 minutes.
    void serve(const protocol::Hello& hello);

  private:
    enum class Stage { Assemble, Before, Run, After, Pack, Bye };

    void handle(const protocol::Request& request);
    void perform(const protocol::WakeRequest& request, HostLink& link);
    void perform(const protocol::AssembleRequest& request, HostLink& link);
    void perform(const protocol::RunRequest& request, HostLink& link);
    void perform(const protocol::PackRequest& request, HostLink& link);
    void perform(const protocol::ByeRequest& request, HostLink& link);
    /// The stage that allows a script, and the one after it.
    static std::pair<Stage, Stage> stagesOf(protocol::Step step);
    void require(Stage stage, std::string_view asked) const;
    void enter(Stage stage);
    void answer(protocol::FrameType type, std::string_view payload);
    void refuse(const Error& error);

    protocol::Connection& m_connection;
    Steps m_steps;
    protocol::Hello m_hello;
    Stage m_next = Stage::Assemble;
    bool m_done = false;
};

} // namespace rootlayer::guest
