#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "network/connection_record.hh"
#include "network/helper/helper_relay.hh"
#include "tests/network/helper/stage.hh"
#include "tests/streams/stream_log.hh"
#include "tests/support/socket_pair.hh"

namespace rootlayer::test {

/// A relay of the helper in a thread of its own, at one end of a pair of sockets.
class RelayRig final : public Actor {
  public:
    explicit RelayRig(NetworkOptions options) : m_options(std::move(options)) {
        m_relayPort = UniqueFd(::dup(m_pair.host.get()));
        ::fcntl(m_news.reader.get(), F_SETFL, O_NONBLOCK);
        m_thread = std::thread([this] { run(); });
    }
    ~RelayRig() override {
        ::shutdown(m_relayPort.get(), SHUT_RDWR);
        m_control.writer.reset();
        m_thread.join();
    }

    /// The guest's end of the port.
    UniqueFd takePort() { return std::move(m_pair.guest); }
    /// Says that the script has ended.
    void stop() { m_control.writer.reset(); }
    /// Whether run() has returned.
    bool ended() const { return m_ended; }
    /// Why it failed; empty: it did not.
    std::string failure() const {
        const std::lock_guard lock(m_mutex);
        return m_failure;
    }
    std::vector<NetworkConnection> records() const {
        const std::lock_guard lock(m_mutex);
        return m_records;
    }
    /// "done a.example:80 127.0.0.1 +5 -7 tls=x: message", for each record.
    std::vector<std::string> told() const {
        std::vector<std::string> lines;
        for (const auto& each : records()) {
            auto line = fmt::format("{} {}:{}", network::name(each.outcome), each.host, each.port);
            if (!each.address.empty()) line += " " + each.address;
            if (each.sent + each.received > 0) line += fmt::format(" +{} -{}", each.sent, each.received);
            if (!each.tlsName.empty()) line += " tls=" + each.tlsName;
            if (!each.message.empty()) line += ": " + each.message;
            lines.push_back(line);
        }
        return lines;
    }

    void addPolls(std::vector<pollfd>& polls) override { polls.push_back({m_news.reader.get(), POLLIN, 0}); }
    void work() override {
        char byte = 0;
        while (::read(m_news.reader.get(), &byte, 1) == 1) {
        }
    }

  private:
    void run() {
        try {
            const network::Rules rules(m_options);
            network::Resolver resolver(rules);
            network::HelperRelay relay(std::move(m_pair.host), rules, m_options, resolver,
                                       [this](const NetworkConnection& each) { keep(each); });
            relay.run(m_control.reader.get());
        } catch (const std::exception& error) {
            const std::lock_guard lock(m_mutex);
            m_failure = error.what();
        }
        m_ended = true;
        tell();
    }
    void keep(const NetworkConnection& record) {
        const std::lock_guard lock(m_mutex);
        m_records.push_back(record);
        tell();
    }
    void tell() { [[maybe_unused]] const auto written = ::write(m_news.writer.get(), "", 1); }

    NetworkOptions m_options;
    SocketPair m_pair;
    UniqueFd m_relayPort;
    Pipe m_control = makePipe();
    Pipe m_news = makePipe();
    mutable std::mutex m_mutex;
    std::vector<NetworkConnection> m_records;
    std::string m_failure;
    std::atomic<bool> m_ended = false;
    std::thread m_thread;
};

/// An honest guest's end of the port, or one that only keeps to the frames.
class Guest final : public Actor {
  public:
    explicit Guest(UniqueFd port)
        : streams(std::move(port), "the host", streams::Multiplexer::Role::Opens, log) {
        log.onEach = [this](streams::StreamId id) {
            if (grants)
                streams.grant(id, log.data[id].size() - std::exchange(m_granted[id], log.data[id].size()));
        };
    }

    StreamLog log;
    streams::Multiplexer streams;
    bool reads = true;
    bool grants = true;
    bool gone = false; ///< the host closed the port

    streams::StreamId connect(std::uint16_t port, const std::string& host) {
        return streams.open(protocol::StreamKind::Tcp, fmt::format("{} {}", port, host)).value();
    }
    streams::StreamId ask(const std::string& name) {
        return streams.open(protocol::StreamKind::Name, name).value();
    }
    void send(streams::StreamId id, std::string_view bytes) { streams.data(id, bytes); }
    bool wasReset(streams::StreamId id) const {
        return std::find(log.resets.begin(), log.resets.end(), id) != log.resets.end();
    }
    bool hasEnded(streams::StreamId id) const {
        return std::find(log.ended.begin(), log.ended.end(), id) != log.ended.end();
    }
    /// "allowed 80,443", of a question that was answered.
    std::string answer(streams::StreamId id) {
        const auto answer = protocol::decodeNameAnswer(log.data[id]);
        if (!answer) return "malformed";
        std::string text = std::array{"", "allowed", "refused", "not found", "failed"}.at(
            static_cast<std::size_t>(answer->verdict));
        for (const auto port : answer->ports)
            text += fmt::format(" {}", port);
        return text;
    }

    void addPolls(std::vector<pollfd>& polls) override {
        const int events = reads ? streams.events() : streams.events() & ~POLLIN;
        polls.push_back({gone || events == 0 ? -1 : streams.fd(), static_cast<short>(events), 0});
    }
    void work() override {
        if (gone) return;
        try {
            streams.flush();
            pollfd ready{streams.fd(), POLLIN, 0};
            if (reads && (::poll(&ready, 1, 0) > 0 || streams.hasMore())) streams.receive();
            streams.flush();
        } catch (const Error&) {
            gone = true;
        }
    }

  private:
    std::map<streams::StreamId, std::size_t> m_granted;
};

} // namespace rootlayer::test
