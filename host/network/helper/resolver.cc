#include "network/helper/resolver.hh"

#include <algorithm>
#include <ares.h>
#include <cstdint>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "network/helper/hosts_file.hh"

namespace rootlayer::network {

namespace {

constexpr std::chrono::seconds kKeep{30};
constexpr std::size_t kMaxKnown = 4096;
constexpr std::size_t kMaxAddresses = 16;
// A script must not flood the host's DNS server.
constexpr std::size_t kMaxWaiting = 256;
constexpr std::size_t kMaxWaiters = 1024; // a guest can ask for one name often
constexpr std::uint64_t kMaxQueries = 100'000;
// Together six seconds for a server that does not answer, fewer than the ten after which programs give up.
constexpr int kTimeout = 2000; // ms, of the first try
constexpr int kTries = 2;

[[noreturn]] void fail(int status) {
    throw Error(ErrorCode::System, fmt::format("cannot use DNS: {}", ::ares_strerror(status)));
}

std::vector<IpAddress> addressesOf(const ares_addrinfo& result) {
    std::vector<IpAddress> addresses;
    for (const auto* node = result.nodes; node != nullptr && addresses.size() < kMaxAddresses;
         node = node->ai_next) {
        sockaddr_storage storage{};
        const auto length = std::min<std::size_t>(node->ai_addrlen, sizeof storage);
        std::copy_n(reinterpret_cast<const char*>(node->ai_addr), length, reinterpret_cast<char*>(&storage));
        if (const auto address = IpAddress::of(storage)) addresses.push_back(*address);
    }
    return addresses;
}

bool saysNotFound(int status) {
    return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
}

Resolution resolutionOf(int status, const ares_addrinfo* result) {
    if (saysNotFound(status)) return {Resolution::Status::NotFound, {}, {}};
    if (status != ARES_SUCCESS || result == nullptr)
        return {Resolution::Status::Failed, {}, fmt::format("the DNS says: {}", ::ares_strerror(status))};
    auto addresses = addressesOf(*result);
    if (addresses.empty()) return {Resolution::Status::NotFound, {}, {}};
    return {Resolution::Status::Found, std::move(addresses), {}};
}

} // namespace

/// A channel of c-ares, which keeps the sockets.
struct Channel {
    Channel() {
        ares_options options{};
        options.flags = ARES_FLAG_NOSEARCH;
        options.timeout = kTimeout;
        options.tries = kTries;
        // ares_getaddrinfo(3) does not look at the flag: it needs an empty list of domains as well.
        options.ndomains = 0;
        // DNS only: /etc/hosts was read before, and cannot be read any more.
        options.lookups = const_cast<char*>("b");
        options.sock_state_cb = [](void* channel, ares_socket_t socket, int read, int write) {
            static_cast<Channel*>(channel)->watch(socket, read != 0, write != 0);
        };
        options.sock_state_cb_data = this;
        const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
                         ARES_OPT_DOMAINS | ARES_OPT_SOCK_STATE_CB;
        int status = ::ares_library_init(ARES_LIB_INIT_ALL);
        if (status == ARES_SUCCESS) status = ::ares_init_options(&raw, &options, mask);
        if (status != ARES_SUCCESS) fail(status);
    }
    ~Channel() { ::ares_destroy(raw); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// What c-ares waits for; neither when it closes the socket.
    void watch(ares_socket_t socket, bool read, bool write) {
        const int events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
        if (events == 0) {
            sockets.erase(socket);
        } else {
            sockets[socket] = static_cast<short>(events);
        }
    }

    ares_channel raw = nullptr;
    std::map<ares_socket_t, short> sockets;
};

/// Kept by c-ares until it answers.
struct Resolver::Query {
    Resolver& resolver;
    std::string name;
};

Resolver::Resolver(const Rules& rules)
    : m_rules(rules), m_hosts(readHostsFile("/etc/hosts")), m_channel(std::make_unique<Channel>()) {
    if (rules.dnsServers().empty()) return;
    std::string servers;
    for (const auto& server : rules.dnsServers()) {
        const auto text = server.address.str();
        servers += fmt::format("{}{}:{}", servers.empty() ? "" : ",",
                               server.address.isV4() ? text : "[" + text + "]", server.port);
    }
    const int status = ::ares_set_servers_ports_csv(m_channel->raw, servers.c_str());
    if (status != ARES_SUCCESS) fail(status);
}

Resolver::~Resolver() {
    // c-ares calls back for every query that it gives up.
    m_waiting.clear();
    m_channel.reset();
}

void Resolver::resolve(const std::string& name, Done done) {
    if (const auto added = m_rules.addedHost(name)) return done({Resolution::Status::Found, {*added}, {}});
    if (const auto host = m_hosts.find(name); host != m_hosts.end())
        return done({Resolution::Status::Found, host->second, {}});
    const auto known = m_known.find(name);
    if (known != m_known.end() && !known->second.until.expired()) return done(known->second.resolution);
    const bool isAsked = m_waiting.contains(name);
    if (m_waiters == kMaxWaiters ||
        (!isAsked && (m_waiting.size() == kMaxWaiting || m_queries == kMaxQueries)))
        return done({Resolution::Status::Failed, {}, "the script asks for too many names"});
    m_waiting[name].push_back(std::move(done));
    ++m_waiters;
    if (isAsked) return;
    ++m_queries;
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ::ares_getaddrinfo(
        m_channel->raw, name.c_str(), nullptr, &hints,
        [](void* argument, int status, int, ares_addrinfo* result) {
            const std::unique_ptr<Query> query(static_cast<Query*>(argument));
            auto resolution = resolutionOf(status, result);
            if (result != nullptr) ::ares_freeaddrinfo(result);
            query->resolver.finish(query->name, std::move(resolution));
        },
        new Query{*this, name});
}

void Resolver::finish(const std::string& name, Resolution resolution) {
    const auto found = m_waiting.find(name);
    if (found == m_waiting.end()) return;
    const auto waiting = std::move(found->second);
    m_waiting.erase(found);
    m_waiters -= waiting.size();
    if (resolution.status != Resolution::Status::Failed) {
        if (m_known.size() >= kMaxKnown) m_known.clear();
        m_known.insert_or_assign(name, Known{resolution, Deadline::after(kKeep)});
    }
    for (const auto& done : waiting)
        done(resolution);
}

void Resolver::addPolls(std::vector<pollfd>& polls) const {
    for (const auto& [socket, events] : m_channel->sockets)
        polls.push_back({socket, events, 0});
}

void Resolver::serve(const std::vector<pollfd>& polls) {
    for (const auto& each : polls) {
        const bool in = (each.revents & (POLLIN | POLLERR | POLLHUP)) != 0;
        const bool out = (each.revents & POLLOUT) != 0;
        if (in || out)
            ::ares_process_fd(m_channel->raw, in ? each.fd : ARES_SOCKET_BAD,
                              out ? each.fd : ARES_SOCKET_BAD);
    }
    ::ares_process_fd(m_channel->raw, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int Resolver::timeout() const {
    timeval storage{};
    const auto* const time = ::ares_timeout(m_channel->raw, nullptr, &storage);
    if (time == nullptr) return -1;
    return static_cast<int>(time->tv_sec * 1000 + time->tv_usec / 1000 + 1);
}

} // namespace rootlayer::network
