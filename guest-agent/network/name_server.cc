#include "guest-agent/network/name_server.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/utsname.h>

#include "base/system_error.hh"
#include "guest-agent/network/lookup_program.hh"

namespace rootlayer::guest {

namespace {

constexpr int kQueriesAtOnce = 64;
constexpr std::size_t kMaxWaiting = 1024;
constexpr std::size_t kMaxRefused = 65536;
constexpr std::array<std::uint8_t, 4> kLocalhost{127, 0, 0, 1};
/// Debian's address of a machine without a fixed one.
constexpr std::array<std::uint8_t, 4> kOwnHost{127, 0, 1, 1};
constexpr std::array<std::uint8_t, 16> kLocalhost6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

/// One query, and where its answer goes: to its sender, from the address that was asked.
struct Datagram {
    std::array<char, 4096> bytes{};
    std::array<char, 128> control{};
    sockaddr_storage peer{};
    iovec part{};
    msghdr message{};

    void prepare() {
        part = {bytes.data(), bytes.size()};
        message = {};
        message.msg_name = &peer;
        message.msg_namelen = sizeof peer;
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }
};

/// The interface of the query must not be that of the answer: `lo` is the only one, and a source address
/// alone says what is needed.
void clearInterface(msghdr& message) {
    for (auto* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            in_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(item), sizeof info);
            info.ipi_ifindex = 0;
            info.ipi_spec_dst = info.ipi_addr;
            std::memcpy(CMSG_DATA(item), &info, sizeof info);
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info{};
            std::memcpy(&info, CMSG_DATA(item), sizeof info);
            info.ipi6_ifindex = 0;
            std::memcpy(CMSG_DATA(item), &info, sizeof info);
        }
    }
}

UniqueFd openSocket(const sockaddr_storage& address, socklen_t length, int level, int option) {
    const int yes = 1;
    UniqueFd socket(::socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) throw systemError("cannot open a socket for DNS");
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address.ss_family == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
        // An answer comes from the address that was asked, also if the machine does not have it.
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof yes);
    }
    if (::setsockopt(socket.get(), level, option, &yes, sizeof yes) != 0 ||
        ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0)
        throw systemError("cannot open a socket for DNS");
    return socket;
}

UniqueFd openSocket4() {
    sockaddr_storage address{};
    const auto length = IpAddress::v4({}).fill(address, kNamePort);
    return openSocket(address, length, IPPROTO_IP, IP_PKTINFO);
}

UniqueFd openSocket6() {
    sockaddr_storage address{};
    const auto length = IpAddress::v6({}).fill(address, kNamePort);
    return openSocket(address, length, IPPROTO_IPV6, IPV6_RECVPKTINFO);
}

std::string bytes4(const IpAddress& address) {
    return {reinterpret_cast<const char*>(address.bytes().data()) + 12, 4};
}

std::string bytes16(const IpAddress& address) {
    return {reinterpret_cast<const char*>(address.bytes().data()), 16};
}

std::string answerWith(const DnsQuery& query, const std::optional<IpAddress>& v4,
                       const std::optional<IpAddress>& v6) {
    if (query.type == kTypeA && v4) return dnsAnswer(query, {bytes4(*v4)});
    if (query.type == kTypeAaaa && v6) return dnsAnswer(query, {bytes16(*v6)});
    return dnsAnswer(query, {});
}

std::string ownHostName() {
    utsname system{};
    ::uname(&system);
    return system.nodename;
}

bool isAddressQuery(const DnsQuery& query) {
    return query.type == kTypeA || query.type == kTypeAaaa;
}

/// "_http._tcp.example.org" is the name of a service, not of a host.
bool isServiceName(std::string_view name) {
    return name.starts_with('_') || name.ends_with(".in-addr.arpa") || name.ends_with(".ip6.arpa");
}

} // namespace

NameServer::NameServer() : m_socket(openSocket4()), m_socket6(openSocket6()) {}

void NameServer::serve() {
    serveFrom(m_socket);
    serveFrom(m_socket6);
}

void NameServer::serveFrom(const UniqueFd& socket) {
    for (int i = 0; i < kQueriesAtOnce; ++i) {
        Datagram datagram;
        datagram.prepare();
        const ssize_t got = ::recvmsg(socket.get(), &datagram.message, 0);
        if (got < 0) return;
        clearInterface(datagram.message);
        const std::string_view message(datagram.bytes.data(), static_cast<std::size_t>(got));
        // Kept until the answer is known.
        const auto name = datagram.peer;
        const auto nameLength = datagram.message.msg_namelen;
        const std::string control(datagram.control.data(), datagram.message.msg_controllen);
        serve(message, [fd = socket.get(), name, nameLength, control](std::string_view response) {
            auto peer = name;
            auto source = control;
            iovec part{const_cast<char*>(response.data()), response.size()};
            msghdr reply{};
            reply.msg_name = &peer;
            reply.msg_namelen = nameLength;
            reply.msg_iov = &part;
            reply.msg_iovlen = 1;
            reply.msg_control = source.data();
            reply.msg_controllen = source.size();
            ::sendmsg(fd, &reply, MSG_NOSIGNAL);
        });
    }
}

void NameServer::serve(std::string_view message, const Reply& reply) {
    const auto request = parseDnsQuery(message);
    switch (request.kind) {
    case DnsRequest::Kind::Drop:
        return;
    case DnsRequest::Kind::Malformed:
        return reply(dnsFailure(request.query, DnsFailure::FormErr));
    case DnsRequest::Kind::NotImplemented:
        return reply(dnsFailure(request.query, DnsFailure::NotImp));
    case DnsRequest::Kind::Query:
        serveQuery(request.query, reply);
    }
}

/// Whether the query was for one of this machine's own names, and is answered.
bool NameServer::serveLocal(const DnsQuery& query, const Reply& reply) {
    if (query.name == "localhost" || query.name.ends_with(".localhost")) {
        reply(answerWith(query, IpAddress::v4(kLocalhost), IpAddress::v6(kLocalhost6)));
        return true;
    }
    if (query.name != ownHostName()) return false;
    reply(answerWith(query, IpAddress::v4(kOwnHost), std::nullopt));
    return true;
}

void NameServer::serveQuery(const DnsQuery& query, const Reply& reply) {
    if (query.klass != kClassIn || query.odd || query.name.empty())
        return reply(dnsFailure(query, DnsFailure::NxDomain));
    if (serveLocal(query, reply)) return;
    if (m_names.find(query.name)) return respond(query, Verdict::Allowed, reply);
    if (m_refused.contains(query.name) || isServiceName(query.name))
        return respond(query, Verdict::Refused, reply);
    // Whether the name exists is asked for its addresses alone: programs ask for those too.
    if (!isAddressQuery(query)) return reply(dnsAnswer(query, {}));
    if (m_waitingQueries == kMaxWaiting) return respond(query, Verdict::Failed, reply);
    ++m_waitingQueries;
    auto& waiting = m_waiting[query.name];
    waiting.push_back({query, reply});
    if (waiting.size() == 1) m_ask(std::string(query.name));
}

void NameServer::respond(const DnsQuery& query, Verdict verdict, const Reply& reply) const {
    switch (verdict) {
    case Verdict::Allowed: {
        const auto addresses = m_names.find(query.name);
        if (!addresses) return reply(dnsFailure(query, DnsFailure::ServFail));
        return reply(answerWith(query, addresses->v4, addresses->v6));
    }
    case Verdict::Failed:
        return reply(dnsFailure(query, DnsFailure::ServFail));
    case Verdict::Refused:
    case Verdict::NotFound:
        return reply(dnsFailure(query, DnsFailure::NxDomain));
    }
}

void NameServer::answer(const std::string& name, Verdict verdict) {
    if (verdict == Verdict::Allowed) {
        const auto addresses = m_names.add(name);
        if (addresses && m_allowed) m_allowed(*addresses);
    }
    if (verdict == Verdict::Refused && m_refused.size() < kMaxRefused) m_refused.insert(name);
    const auto found = m_waiting.find(name);
    if (found == m_waiting.end()) return;
    const auto waiting = std::move(found->second);
    m_waiting.erase(found);
    m_waitingQueries -= waiting.size();
    for (const auto& each : waiting)
        respond(each.query, verdict, each.reply);
}

} // namespace rootlayer::guest
