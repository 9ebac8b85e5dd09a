#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "guest-agent/network/dns_connection.hh"
#include "guest-agent/network/script_network.hh"
#include "streams/multiplexer.hh"
#include "streams/stream_socket.hh"

namespace rootlayer::guest {

/// Carries the script's connections to the host, over the streams' port, and asks the host about names.
/// Decides nothing: the host does (docs/network.md).
class Relay final : private streams::Multiplexer::Handler {
  public:
    /// The network must outlive the relay, and belongs to it alone.
    Relay(UniqueFd port, ScriptNetwork& network);

    /// Works until `finish` becomes readable, which says that no process of the script is left; then delivers
    /// what the script has sent, for some seconds at most. Throws Error{Protocol} if the host is gone.
    void run(int finish);

  private:
    struct Ready;

    void onOpen(streams::StreamId, protocol::StreamKind, std::string_view) override {}
    void onData(streams::StreamId id, std::string_view bytes) override;
    void onEnd(streams::StreamId id) override;
    void onReset(streams::StreamId id) override;
    void onBye() override {}

    void turn(int finish, bool& finishing);
    void accept(const UniqueFd& listener);
    void take(UniqueFd connection);
    void askWaitingNames();
    void reportRefused();
    std::string nameFor(const IpAddress& address) const;
    bool delivered() const;

    ScriptNetwork& m_network;
    NameServer& m_names;
    streams::Multiplexer m_streams;
    std::map<streams::StreamId, std::unique_ptr<streams::StreamSocket>> m_sockets;
    std::map<streams::StreamId, std::string> m_questions; ///< names that the host was asked about
    std::deque<std::string> m_waitingNames;               ///< not asked yet, for lack of streams
    std::set<std::string> m_reported;
    Deadline m_nextReport = Deadline::after({}); ///< of what was refused
    std::vector<std::unique_ptr<DnsConnection>> m_dns;
    streams::StreamId m_turn = 0; ///< the stream that was served last: the next one is first
};

} // namespace rootlayer::guest
