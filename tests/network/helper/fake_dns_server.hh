#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>

#include "tests/network/helper/local_server.hh"

namespace rootlayer::test {

constexpr unsigned kDnsA = 1;
constexpr unsigned kDnsCname = 5;
constexpr unsigned kDnsAaaa = 28;

constexpr unsigned kServFail = 2;
constexpr unsigned kNxDomain = 3;
constexpr unsigned kRefused = 5;

struct DnsQuestion {
    std::string name;
    unsigned type = 0;
    bool overTcp = false;
};

/// A record of an answer: an address, or the name that another name stands for.
struct DnsRecord {
    std::string owner;
    std::string value;
};

struct DnsReply {
    unsigned code = 0;
    std::vector<DnsRecord> records = {};
    bool truncated = false;
    std::string before = {};    ///< a datagram that is sent first
    std::string after = {};     ///< bytes behind the answer's end
    std::size_t cut = SIZE_MAX; ///< the answer's bytes that are sent
};

/// A DNS server at 127.0.0.1 or ::1, over UDP and TCP, that says what the test wants it to say.
class FakeDnsServer final : public Actor {
  public:
    using Answer = std::function<std::optional<DnsReply>(const DnsQuestion&)>;

    explicit FakeDnsServer(Answer answer, const char* address = "127.0.0.1") : m_answer(std::move(answer)) {
        // Both kinds of sockets need the same port.
        for (int attempt = 0; attempt < 100 && !m_listener; ++attempt) {
            m_port = 0;
            m_udp = boundSocket(SOCK_DGRAM, address, m_port);
            if (!m_udp) return;
            m_listener = boundSocket(SOCK_STREAM, address, m_port);
        }
        if (!m_listener || ::listen(m_listener.get(), 16) != 0) throw std::runtime_error("no port for DNS");
        m_option = std::string_view(address).find(':') == std::string_view::npos
                       ? fmt::format("{}:{}", address, m_port)
                       : fmt::format("[{}]:{}", address, m_port);
    }
    /// The same addresses for a name at every time, each a record of A or AAAA; other names do not exist.
    explicit FakeDnsServer(std::map<std::string, std::vector<std::string>> zone)
        : FakeDnsServer([zone = std::move(zone)](const DnsQuestion& question) -> std::optional<DnsReply> {
              const auto found = zone.find(question.name);
              if (found == zone.end()) return DnsReply{kNxDomain};
              return addressesOf(question, found->second);
          }) {}

    /// Those of the addresses that have the type that was asked for.
    static DnsReply addressesOf(const DnsQuestion& question, const std::vector<std::string>& addresses) {
        DnsReply reply;
        for (const auto& address : addresses)
            if ((address.find(':') == std::string::npos) == (question.type == kDnsA))
                reply.records.push_back({question.name, address});
        return reply;
    }

    bool exists() const { return bool(m_udp); }
    /// For --dns.
    const std::string& option() const { return m_option; }
    /// What it was asked.
    std::vector<DnsQuestion> questions;
    std::size_t askedFor(std::string_view name, unsigned type = kDnsA) const {
        std::size_t count = 0;
        for (const auto& each : questions)
            count += each.name == name && each.type == type ? 1 : 0;
        return count;
    }

    void addPolls(std::vector<pollfd>& polls) override {
        polls.push_back({m_udp.get(), POLLIN, 0});
        polls.push_back({m_listener.get(), POLLIN, 0});
        for (const auto& [socket, bytes] : m_streams)
            polls.push_back({socket.get(), POLLIN, 0});
    }
    void work() override {
        serveUdp();
        while (true) {
            UniqueFd socket(::accept4(m_listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!socket) break;
            m_streams.emplace_back(std::move(socket), "");
        }
        for (auto& [socket, bytes] : m_streams)
            serveTcp(socket, bytes);
        std::erase_if(m_streams, [](const auto& stream) { return !stream.first; });
    }

  private:
    static std::string two(std::size_t value) {
        return {static_cast<char>(value >> 8U & 0xffU), static_cast<char>(value & 0xffU)};
    }
    static std::string encodedName(std::string_view name) {
        std::string bytes;
        while (!name.empty()) {
            const auto label = name.substr(0, name.find('.'));
            bytes += static_cast<char>(label.size());
            bytes += label;
            name.remove_prefix(std::min(label.size() + 1, name.size()));
        }
        return bytes + '\0';
    }
    static std::string encoded(const DnsRecord& record) {
        unsigned type = kDnsCname;
        std::string data;
        if (const auto address = IpAddress::parse(record.value)) {
            const auto& bytes = address->bytes();
            type = address->isV4() ? kDnsA : kDnsAaaa;
            data.assign(bytes.begin() + (address->isV4() ? 12 : 0), bytes.end());
        } else {
            data = encodedName(record.value);
        }
        return encodedName(record.owner) + two(type) + two(1) + std::string("\0\0\0\x3c", 4) +
               two(data.size()) + data;
    }
    /// The question of a query, and where it ends.
    static std::optional<std::pair<DnsQuestion, std::size_t>> questionOf(std::string_view query) {
        DnsQuestion question;
        std::size_t at = 12;
        while (at < query.size() && query[at] != 0) {
            const auto size = static_cast<std::size_t>(static_cast<unsigned char>(query[at]));
            if (at + 1 + size >= query.size()) return std::nullopt;
            if (!question.name.empty()) question.name += '.';
            question.name += query.substr(at + 1, size);
            at += 1 + size;
        }
        if (at + 5 > query.size()) return std::nullopt;
        question.type =
            static_cast<unsigned char>(query[at + 1]) * 256U + static_cast<unsigned char>(query[at + 2]);
        return std::pair(question, at + 5);
    }
    /// The datagrams that answer a query.
    std::vector<std::string> answersTo(std::string_view query, bool overTcp) {
        auto parsed = questionOf(query);
        if (!parsed) return {};
        auto& [question, end] = *parsed;
        question.overTcp = overTcp;
        questions.push_back(question);
        const auto reply = m_answer(question);
        if (!reply) return {};
        std::string answer(query.substr(0, 2));
        answer += static_cast<char>(0x81U | (reply->truncated ? 2U : 0U));
        answer += static_cast<char>(0x80U | reply->code);
        answer += two(1) + two(reply->records.size()) + two(0) + two(0);
        answer += query.substr(12, end - 12);
        for (const auto& record : reply->records)
            answer += encoded(record);
        std::vector<std::string> all;
        if (!reply->before.empty()) all.push_back(reply->before);
        all.push_back((answer + reply->after).substr(0, reply->cut));
        return all;
    }
    void serveUdp() {
        std::array<char, 2000> buffer{};
        while (true) {
            sockaddr_storage from{};
            socklen_t length = sizeof from;
            auto* const raw = reinterpret_cast<sockaddr*>(&from);
            const auto got = ::recvfrom(m_udp.get(), buffer.data(), buffer.size(), 0, raw, &length);
            if (got < 0) return;
            for (const auto& answer : answersTo({buffer.data(), static_cast<std::size_t>(got)}, false))
                ::sendto(m_udp.get(), answer.data(), answer.size(), 0, raw, length);
        }
    }
    void serveTcp(UniqueFd& socket, std::string& bytes) {
        std::array<char, 4000> buffer{};
        const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got < 0) return;
        if (got == 0) return socket.reset();
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
        while (bytes.size() >= 2) {
            const auto size = static_cast<unsigned char>(bytes[0]) * std::size_t{256} +
                              static_cast<unsigned char>(bytes[1]);
            if (bytes.size() < 2 + size) return;
            for (const auto& answer : answersTo(std::string_view(bytes).substr(2, size), true)) {
                const auto framed = two(answer.size()) + answer;
                [[maybe_unused]] const auto sent =
                    ::send(socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
            }
            bytes.erase(0, 2 + size);
        }
    }

    Answer m_answer;
    std::uint16_t m_port = 0;
    std::string m_option;
    UniqueFd m_udp;
    UniqueFd m_listener;
    std::vector<std::pair<UniqueFd, std::string>> m_streams;
};

} // namespace rootlayer::test
