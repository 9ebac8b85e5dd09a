#include "guest-agent/network/relay.hh"

#include <algorithm>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <vector>

#include <rootlayer/error.hh>

#include "guest-agent/network/lookup_program.hh"
#include "protocol/stream_messages.hh"

namespace rootlayer::guest {

namespace {

using protocol::StreamKind;
using streams::StreamId;

/// How often the queue of refused connections is looked at, in milliseconds.
constexpr int kInterval = 100;
/// So many streams are for names, so that connections that wait cannot take them all.
constexpr std::size_t kNameStreams = 16;
constexpr std::size_t kMaxReported = 1000;
constexpr std::size_t kMaxDnsConnections = 64;
constexpr std::chrono::seconds kDeliveryTimeout{10};

void breakConnection(const UniqueFd& connection) {
    const linger now{1, 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

} // namespace

/// What poll(2) is asked, in order: the fixed descriptors, then the connections.
struct Relay::Ready {
    enum Fixed : std::size_t { Port, Finish, Udp, Udp6, Listener, Listener6, kFixed };
    std::vector<pollfd> polls;
    std::vector<StreamId> streams;

    short of(Fixed which) const { return polls[which].revents; }
};

Relay::Relay(UniqueFd port, ScriptNetwork& network)
    : m_network(network), m_names(*network.names()),
      m_streams(std::move(port), "the host", streams::Multiplexer::Role::Opens, *this) {
    m_names.setAsk([this](const std::string& name) {
        m_waitingNames.push_back(name);
        askWaitingNames();
    });
    m_network.steering()->openNameService();
}

void Relay::askWaitingNames() {
    while (!m_waitingNames.empty()) {
        const auto id = m_streams.open(StreamKind::Name, m_waitingNames.front());
        if (!id) return;
        m_questions.emplace(*id, std::move(m_waitingNames.front()));
        m_waitingNames.pop_front();
    }
}

void Relay::onData(StreamId id, std::string_view bytes) {
    if (const auto socket = m_sockets.find(id); socket != m_sockets.end())
        return socket->second->onData(bytes);
    const auto question = m_questions.find(id);
    if (question == m_questions.end()) return;
    const auto name = question->second;
    m_questions.erase(question);
    m_streams.reset(id);
    const auto answer = protocol::decodeNameAnswer(bytes).value_or(protocol::NameAnswer{});
    using Verdict = protocol::NameAnswer::Verdict;
    if (answer.verdict == Verdict::Allowed) {
        m_names.setAllowed([&](const NameTable::Addresses& addresses) {
            try {
                m_network.steering()->open({addresses.v4, 128}, answer.ports);
                m_network.steering()->open({addresses.v6, 128}, answer.ports);
            } catch (const Error&) {
                // The kernel's table is full: connections to this name are refused.
            }
        });
    }
    m_names.answer(name, answer.verdict == Verdict::Allowed    ? NameServer::Verdict::Allowed
                         : answer.verdict == Verdict::Refused  ? NameServer::Verdict::Refused
                         : answer.verdict == Verdict::NotFound ? NameServer::Verdict::NotFound
                                                               : NameServer::Verdict::Failed);
    m_names.setAllowed({});
}

void Relay::onEnd(StreamId id) {
    if (const auto socket = m_sockets.find(id); socket != m_sockets.end()) socket->second->onEnd();
}

void Relay::onReset(StreamId id) {
    if (const auto socket = m_sockets.find(id); socket != m_sockets.end()) return socket->second->onReset();
    const auto question = m_questions.find(id);
    if (question == m_questions.end()) return;
    const auto name = question->second;
    m_questions.erase(question);
    m_names.answer(name, NameServer::Verdict::Failed);
}

void Relay::accept(const UniqueFd& listener) {
    while (m_streams.openStreams() + kNameStreams < protocol::kMaxStreams) {
        UniqueFd connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection) return;
        take(std::move(connection));
    }
}

std::string Relay::nameFor(const IpAddress& address) const {
    const auto* name = m_names.names().nameOf(address);
    return name == nullptr ? address.str() : *name;
}

void Relay::take(UniqueFd connection) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    ::getsockname(connection.get(), reinterpret_cast<sockaddr*>(&storage), &length);
    const auto address = IpAddress::of(storage);
    if (!address) return;
    const auto port =
        ntohs(storage.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(storage).sin_port
                                           : reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
    if (port == kNamePort) {
        if (m_dns.size() < kMaxDnsConnections)
            m_dns.push_back(std::make_unique<DnsConnection>(std::move(connection)));
        return;
    }
    const auto id =
        m_streams.open(StreamKind::Tcp, protocol::encode(protocol::TcpTarget{nameFor(*address), port}));
    if (!id) return breakConnection(connection);
    auto socket = std::make_unique<streams::StreamSocket>(m_streams, *id);
    socket->attach(std::move(connection));
    m_sockets.emplace(*id, std::move(socket));
}

/// The host has the rules and the log, so it is told what the kernel refused here.
void Relay::reportRefused() {
    m_nextReport = Deadline::after(std::chrono::milliseconds(kInterval));
    while (m_reported.size() < kMaxReported) {
        const auto refused = m_network.steering()->takeRefused();
        if (!refused) return;
        const auto target = protocol::encode(protocol::TcpTarget{nameFor(refused->address), refused->port});
        if (!m_reported.insert(target).second) continue;
        if (const auto id = m_streams.open(StreamKind::RefusedTcp, target)) m_streams.reset(*id);
    }
}

/// Whether everything that the script sent has left.
bool Relay::delivered() const {
    return m_streams.queued() == 0 && std::all_of(m_sockets.begin(), m_sockets.end(), [](const auto& socket) {
               return socket.second->socketEnded();
           });
}

void Relay::turn(int finish, bool& finishing) {
    Ready ready;
    const auto add = [&](int fd, short events) { ready.polls.push_back({events != 0 ? fd : -1, events, 0}); };
    const bool accepts = m_streams.openStreams() + kNameStreams < protocol::kMaxStreams;
    add(m_streams.fd(), m_streams.events());
    add(finish, finishing ? short{0} : short{POLLIN});
    add(m_names.socket().get(), POLLIN);
    add(m_names.socket6().get(), POLLIN);
    add(m_network.steering()->listener().get(), accepts ? short{POLLIN} : short{0});
    add(m_network.steering()->listener6().get(), accepts ? short{POLLIN} : short{0});
    for (const auto& dns : m_dns)
        add(dns->fd(), dns->events());
    const auto firstSocket = ready.polls.size();
    // The stream after the one that was served last comes first, so that each has its turn.
    for (auto it = m_sockets.upper_bound(m_turn); it != m_sockets.end(); ++it)
        ready.streams.push_back(it->first);
    for (auto it = m_sockets.begin(); it != m_sockets.upper_bound(m_turn); ++it)
        ready.streams.push_back(it->first);
    for (const auto id : ready.streams)
        add(m_sockets.at(id)->fd(), m_sockets.at(id)->events());

    ::poll(ready.polls.data(), ready.polls.size(), m_streams.hasMore() ? 0 : kInterval);

    if (ready.of(Ready::Finish) != 0) finishing = true;
    m_streams.flush();
    if (ready.of(Ready::Port) != 0 || m_streams.hasMore()) m_streams.receive();
    if (ready.of(Ready::Udp) != 0 || ready.of(Ready::Udp6) != 0) m_names.serve();
    if (ready.of(Ready::Listener) != 0) accept(m_network.steering()->listener());
    if (ready.of(Ready::Listener6) != 0) accept(m_network.steering()->listener6());
    for (const auto& dns : m_dns)
        dns->move(m_names);
    std::erase_if(m_dns, [](const auto& dns) { return dns->over(); });
    for (std::size_t i = 0; i < ready.streams.size(); ++i) {
        const auto found = ready.polls[firstSocket + i].revents;
        const auto socket = m_sockets.find(ready.streams[i]);
        if (socket == m_sockets.end()) continue;
        if (found != 0) {
            socket->second->move(found);
            m_turn = ready.streams[i];
        }
        if (socket->second->over()) m_sockets.erase(socket);
    }
    askWaitingNames();
    if (finishing || m_nextReport.expired()) reportRefused();
    m_streams.flush();
}

void Relay::run(int finish) {
    bool finishing = false;
    while (!finishing)
        turn(finish, finishing);
    // The sockets of a script that has ended are closed, or have an end in what they still hold.
    const auto limit = Deadline::after(kDeliveryTimeout);
    do {
        turn(finish, finishing);
    } while (!delivered() && !limit.expired());
    m_streams.bye();
    while (m_streams.queued() > 0 && !limit.expired())
        turn(finish, finishing);
}

} // namespace rootlayer::guest
