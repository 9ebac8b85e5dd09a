#pragma once

#include <cstdint>

#include "tests/network/helper/fake_dns_server.hh"
#include "tests/network/helper/local_server.hh"
#include "tests/network/helper/relay_rig.hh"

namespace rootlayer::test {

/// A guest, the helper's relay, a server of the test and a DNS server of the test. Unless the test changes
/// it, the server is server.test, and allowed.
struct Scene {
    using Change = std::function<void(NetworkOptions& options, std::uint16_t port)>;
    using Zone = std::map<std::string, std::vector<std::string>>;

    static Zone usual() { return {{"server.test", {"127.0.0.1"}}}; }
    explicit Scene(const Change& change = {}, FakeDnsServer answering = FakeDnsServer(usual()))
        : dns(std::move(answering)), rig(optionsFor(change)), guest(rig.takePort()),
          stage({&server, &dns, &rig, &guest}) {}

    LocalServer server;
    FakeDnsServer dns;
    RelayRig rig;
    Guest guest;
    Stage stage;

    void until(const std::function<bool()>& done) { stage.until(done); }
    std::string port() const { return fmt::format(":{}", server.port()); }
    streams::StreamId connect(const std::string& host = "server.test") {
        return guest.connect(server.port(), host);
    }
    /// The server's end of the next connection, once the relay knows that it is made.
    LocalServer::Client& accepted() {
        until([&] { return server.clients.size() > m_accepted; });
        settle();
        settle();
        return server.clients[m_accepted++];
    }
    /// Until the relay has handled all that the guest sent before.
    void settle() {
        const auto id = guest.ask("?"); // no name, so there is no record of it
        until([&] { return guest.hasEnded(id); });
        guest.streams.reset(id);
    }
    /// The records, once there are so many, in order of their texts; without the server's port.
    std::vector<std::string> told(std::size_t count) {
        until([&] { return rig.records().size() >= count; });
        settle();
        return shown();
    }
    std::vector<std::string> shown() const {
        auto lines = rig.told();
        for (auto& line : lines)
            if (const auto at = line.find(port()); at != std::string::npos) line.erase(at, port().size());
        std::sort(lines.begin(), lines.end());
        return lines;
    }
    /// The script ends, and so does the relay.
    void finish() {
        guest.streams.bye();
        until([&] { return guest.streams.queued() == 0; });
        rig.stop();
        until([&] { return rig.ended(); });
    }

  private:
    std::size_t m_accepted = 0;

    NetworkOptions optionsFor(const Change& change) const {
        NetworkOptions options{.allow = {"server.test" + port()},
                               .permit = {"127.0.0.1" + port()},
                               .dnsServers = {dns.option()}};
        if (change) change(options, server.port());
        return options;
    }
};

} // namespace rootlayer::test
