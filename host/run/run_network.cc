#include "run/run_network.hh"

#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <rootlayer/error.hh>

#include "network/connection_record.hh"
#include "network/guest_ranges.hh"
#include "protocol/streams.hh"

namespace rootlayer::run {

RunNetwork::RunNetwork(const RunSpec& spec, Observer& observer, RunResult& result)
    : m_spec(spec), m_observer(observer), m_result(result), m_rules(spec.network),
      m_report([this](const std::string& text) { warn(text); }) {}

void RunNetwork::warn(const std::string& text) {
    m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
    m_result.warnings.push_back(text);
}

std::optional<protocol::NetworkRequest> RunNetwork::request() const {
    if (m_rules.mode() == NetworkMode::None) return std::nullopt;
    return network::guestRanges(m_rules);
}

void RunNetwork::start(vm::Machine& machine, const std::string& directory, protocol::Connection& connection,
                       session::Session& session) {
    if (m_rules.mode() == NetworkMode::None) {
        session.setOnRefused(
            [this](std::string_view host, std::uint16_t port) { m_report.refusedInGuest(host, port); });
        return;
    }
    m_helper = std::make_unique<network::HelperProcess>(
        m_spec.network, machine.takePort(protocol::kStreamsPortName), directory,
        [this](NetworkConnection each) { record(std::move(each)); });
    m_connection = &connection;
    connection.alsoWatch(m_helper->fd(), [this] { take(); });
}

void RunNetwork::take() {
    if (!m_helper->take()) m_connection->stopWatching(m_helper->fd());
}

void RunNetwork::record(NetworkConnection connection) {
    if (m_log != nullptr) m_log->write(network::recordLine(connection) + "\n");
    m_report.add(std::move(connection));
}

void RunNetwork::finish(const CancelToken& cancel) {
    if (m_helper) {
        m_connection->stopWatching(m_helper->fd());
        const auto failure = m_helper->finish(cancel);
        if (!failure.empty()) warn(fmt::format("the script's network has failed: {}", failure));
    }
    m_result.neededAllows = m_report.neededAllows();
    if (m_rules.mode() == NetworkMode::Audit) {
        const auto text =
            m_result.neededAllows.empty()
                ? std::string("the script connected to nothing")
                : fmt::format("the script needs: --allow {}", fmt::join(m_result.neededAllows, " --allow "));
        m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
    }
    m_result.connections = m_report.connections();
}

void RunNetwork::abandon() noexcept {
    try {
        if (!m_helper) return;
        m_connection->stopWatching(m_helper->fd());
        const auto failure = m_helper->abandon();
        if (!failure.empty()) warn(fmt::format("the script's network has failed: {}", failure));
    } catch (const std::exception&) {
        // The run's own failure is reported.
    }
}

void RunNetwork::addHint() {
    const auto hint = m_report.hint();
    if (hint.empty() || m_result.exitStatus == 0) return;
    m_result.exitHint += m_result.exitHint.empty() ? hint : "; " + hint;
    if (m_result.failure == ScriptFailure::Failed) m_result.failure = ScriptFailure::NetworkRefused;
}

} // namespace rootlayer::run
