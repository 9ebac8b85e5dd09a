#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "network/helper/tunnel.hh"
#include "streams/multiplexer.hh"

namespace rootlayer::network {

/// The host's end of the streams' port: answers about names, and makes the script's connections. The guest is
/// not trusted: it can only ask.
class HelperRelay final : private streams::Multiplexer::Handler {
  public:
    /// Told of each connection that has ended or was refused.
    using Record = std::function<void(const NetworkConnection&)>;

    /// The rules and the resolver must outlive the relay.
    HelperRelay(UniqueFd port, const Rules& rules, const NetworkOptions& limits, Resolver& resolver,
                Record record);

    /// Works until `control` becomes readable, which says that the script has ended; then delivers what the
    /// script has sent, for some seconds at most, unless `control` has a byte, and ends all connections.
    /// Throws Error{Protocol} if the guest is gone or breaks the protocol.
    void run(int control);

  private:
    void onOpen(streams::StreamId id, protocol::StreamKind kind, std::string_view target) override;
    void onData(streams::StreamId id, std::string_view bytes) override;
    void onEnd(streams::StreamId id) override;
    void onReset(streams::StreamId id) override;
    void onBye() override { m_bye = true; }

    void openTcp(streams::StreamId id, std::string_view target);
    void noteRefused(std::string_view target);
    void answerName(streams::StreamId id, const std::string& name);
    void answerResolved(streams::StreamId id, const std::string& name, const Resolution& resolution);
    void reply(streams::StreamId id, const protocol::NameAnswer& answer);
    void recordName(const std::string& name, NetworkConnection::Outcome outcome,
                    const std::string& address = {}, const std::string& message = {});
    void record(const NetworkConnection& connection);
    void serve(int control);
    void turn(int control, bool& finishing, Deadline limit);
    void clearEnded();
    bool delivered() const;

    const Rules& m_rules;
    Resolver& m_resolver;
    Record m_record;
    Traffic m_traffic;
    streams::Multiplexer m_streams;
    std::map<streams::StreamId, std::unique_ptr<Tunnel>> m_tunnels;
    std::set<streams::StreamId> m_questions; ///< about names, not answered yet
    std::set<std::string> m_told;            ///< of what was not made
    streams::StreamId m_turn = 0;
    bool m_bye = false;
};

} // namespace rootlayer::network
