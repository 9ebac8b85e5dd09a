#pragma once

#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/run_result.hh>
#include <rootlayer/run_spec.hh>

#include "base/stream.hh"
#include "network/helper_process.hh"
#include "network/network_report.hh"
#include "network/rules.hh"
#include "protocol/connection.hh"
#include "session/session.hh"
#include "vm/machine.hh"

namespace rootlayer::run {

/// The network of one run: starts the helper that makes the script's connections, if the script may have any,
/// and reports what was connected to and refused.
class RunNetwork final {
  public:
    /// `spec`, `observer` and `result` must outlive it. Warnings go to both of the latter. Throws
    /// Error{Usage} for options that make no sense.
    RunNetwork(const RunSpec& spec, Observer& observer, RunResult& result);

    /// Writes each connection to `log`, one line of JSON, as it ends. Not owned.
    void keepLogIn(Sink& log) { m_log = &log; }

    /// What the guest is told of it: nullopt if the script has no network.
    std::optional<protocol::NetworkRequest> request() const;
    /// Before the script: starts the helper. The connection and the session must outlive this object, or
    /// finish() must have been called.
    void start(vm::Machine& machine, const std::string& directory, protocol::Connection& connection,
               session::Session& session);
    /// After the script: takes the last reports. The result has all connections then.
    void finish(const CancelToken& cancel);
    /// The same after a run that did not come to its end, in a second at most. Errors are ignored.
    void abandon() noexcept;
    /// Adds what would allow what was refused to the hint of a script that failed.
    void addHint();

  private:
    void record(NetworkConnection connection);
    void take();
    void warn(const std::string& text);

    const RunSpec& m_spec;
    Observer& m_observer;
    RunResult& m_result;
    network::Rules m_rules;
    network::NetworkReport m_report;
    Sink* m_log = nullptr;
    std::unique_ptr<network::HelperProcess> m_helper;
    protocol::Connection* m_connection = nullptr;
};

} // namespace rootlayer::run
