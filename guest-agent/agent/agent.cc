#include "guest-agent/agent/agent.hh"
#include "protocol/control.hh"
#include "protocol/hints.hh"

#include <array>
#include <fmt/format.h>
#include <new>

namespace rootlayer::guest {

namespace {

using protocol::FrameType;

constexpr std::chrono::minutes kIdleHost{30};
constexpr std::chrono::minutes kSlowHost{10};
constexpr std::array<std::string_view, 6> kStageNames{"assemble", "before", "run", "after", "pack", "bye"};

} // namespace

Agent::Agent(protocol::Connection& connection, Steps steps)
    : m_connection(connection), m_steps(std::move(steps)) {}

void Agent::serve(const protocol::Hello& hello) {
    m_hello = hello;
    answer(FrameType::Hello, protocol::encode(hello));
    while (!m_done) {
        const auto frame = m_connection.receive(Deadline::after(kIdleHost));
        // A Cancel may arrive after the reply to the request that it was for.
        if (frame.type == FrameType::Cancel) continue;
        if (!protocol::isKnown(frame.type))
            throw Error(ErrorCode::Protocol, "the host sent an unknown frame");
        try {
            if (frame.type != FrameType::Request) {
                throw Error(ErrorCode::Protocol,
                            fmt::format("the host sent a frame of type {} instead of a request",
                                        static_cast<int>(frame.type)));
            }
            handle(protocol::decodeRequest(frame.payload));
        } catch (const Error& error) {
            refuse(error);
        } catch (const std::bad_alloc&) {
            refuse(Error(ErrorCode::Resource, "the guest's agent is out of memory", protocol::kHintMemory));
        } catch (const std::exception& error) {
            refuse(Error(ErrorCode::Internal, error.what()));
        }
    }
}

void Agent::handle(const protocol::Request& request) {
    HostLink link(m_connection);
    std::visit([&](const auto& wanted) { perform(wanted, link); }, request);
}

std::pair<Agent::Stage, Agent::Stage> Agent::stagesOf(protocol::Step step) {
    switch (step) {
    case protocol::Step::Before:
        return {Stage::Before, Stage::Run};
    case protocol::Step::After:
        return {Stage::After, Stage::Pack};
    case protocol::Step::Script:
        break;
    }
    return {Stage::Run, Stage::After};
}

void Agent::require(Stage stage, std::string_view asked) const {
    if (stage == m_next) return;
    throw Error(ErrorCode::Protocol, fmt::format("the host requested {} when only {} is allowed", asked,
                                                 kStageNames.at(static_cast<std::size_t>(m_next))));
}

void Agent::enter(Stage stage) {
    require(stage, kStageNames.at(static_cast<std::size_t>(stage)));
    // If the step fails, only bye is allowed.
    m_next = Stage::Bye;
}

void Agent::perform(const protocol::WakeRequest&, HostLink&) {
    require(Stage::Assemble, "wake");
    answer(FrameType::Reply, protocol::encode(m_hello));
}

void Agent::perform(const protocol::AssembleRequest& request, HostLink& link) {
    enter(Stage::Assemble);
    m_steps.assemble(request, link);
    link.endOfWarnings();
    m_next = request.rootLater ? Stage::Before : Stage::Run;
    answer(FrameType::Reply, "{}");
}

void Agent::perform(const protocol::RunRequest& request, HostLink& link) {
    const auto [stage, next] = stagesOf(request.step);
    enter(stage);
    const auto reply = m_steps.run(request, link);
    link.endOfWarnings();
    m_next = next;
    answer(FrameType::Reply, protocol::encode(reply));
}

void Agent::perform(const protocol::PackRequest& request, HostLink& link) {
    if (m_next == Stage::After) m_next = Stage::Pack; // after is optional
    enter(Stage::Pack);
    FunctionSink layer([&](std::string_view bytes) {
        if (link.cancelled()) throw Error(ErrorCode::Cancelled, "stopped on request");
        link.data(protocol::Stream::Layer, bytes);
    });
    const auto end = m_steps.pack(request, layer, link);
    link.endOfWarnings();
    m_connection.send(FrameType::End, protocol::encode(end), Deadline::after(link.timeout()));
}

void Agent::perform(const protocol::ByeRequest&, HostLink&) {
    m_done = true;
    answer(FrameType::Reply, "{}");
}

void Agent::answer(FrameType type, std::string_view payload) {
    m_connection.send(type, payload, Deadline::after(kSlowHost));
}

void Agent::refuse(const Error& error) {
    answer(FrameType::Failure, protocol::encode(error));
}

} // namespace rootlayer::guest
