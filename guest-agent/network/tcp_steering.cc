#include "guest-agent/network/tcp_steering.hh"

#include <array>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/system_error.hh"
#include "guest-agent/network/bpf.hh"
#include "guest-agent/network/lookup_program.hh"
#include "guest-agent/network/loopback.hh"

namespace rootlayer::guest {

namespace {

constexpr unsigned kMaxRanges = 524288;
constexpr unsigned kMaxPorts = 1048576;
constexpr unsigned kMaxRefused = 1024;

struct RangeKey {
    std::uint32_t length;
    std::array<std::uint8_t, 16> address;
};

struct PortKey {
    std::uint32_t range;
    std::uint32_t port;
};

struct RefusedValue {
    std::uint32_t port;
    std::array<std::uint8_t, 16> address;
};

UniqueFd listenAt(const char* text) {
    const auto address = IpAddress::parse(text).value();
    sockaddr_storage storage{};
    const auto length = address.fill(storage, kAgentPort);
    UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
        ::listen(socket.get(), 512) != 0)
        throw systemError("cannot listen for the script's connections");
    return socket;
}

void putSocket(const UniqueFd& map, std::uint32_t index, const UniqueFd& socket) {
    const std::uint64_t value = static_cast<std::uint64_t>(socket.get());
    bpf::put(map, &index, &value);
}

UniqueFd ownNamespace() {
    UniqueFd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!fd) throw systemError("cannot open the script's network namespace");
    return fd;
}

} // namespace

TcpSteering::TcpSteering()
    : m_ranges(bpf::makeMap(BPF_MAP_TYPE_LPM_TRIE, sizeof(RangeKey), sizeof(std::uint32_t), kMaxRanges,
                            BPF_F_NO_PREALLOC)),
      m_ports(bpf::makeMap(BPF_MAP_TYPE_HASH, sizeof(PortKey), sizeof(std::uint32_t), kMaxPorts,
                           BPF_F_NO_PREALLOC)),
      m_refused(bpf::makeMap(BPF_MAP_TYPE_QUEUE, 0, sizeof(RefusedValue), kMaxRefused)),
      m_sockets(bpf::makeMap(BPF_MAP_TYPE_SOCKMAP, sizeof(std::uint32_t), sizeof(std::uint64_t), 2)),
      m_listener(listenAt(kOwnAddress)), m_listener6(listenAt(kOwnAddress6)) {
    putSocket(m_sockets, 0, m_listener);
    putSocket(m_sockets, 1, m_listener6);
    for (const char* own : {kOwnAddress, kOwnAddress6})
        put({IpAddress::parse(own).value(), 128}, kOwnRange);
    const auto program =
        bpf::loadLookup(lookupProgram({m_ranges.get(), m_ports.get(), m_sockets.get(), m_refused.get()}));
    m_link = bpf::attachLookup(program, ownNamespace().get());
}

void TcpSteering::put(const IpPrefix& range, std::uint32_t value) {
    const RangeKey key{range.length, range.address.bytes()};
    bpf::put(m_ranges, &key, &value);
}

void TcpSteering::open(const IpPrefix& range, const std::vector<std::uint16_t>& ports) {
    if (ports.empty()) return put(range, kOpenRange);
    const auto [known, isNew] = m_numbers.emplace(ports, m_numbers.size() + 1);
    const std::uint32_t yes = 1;
    for (std::size_t i = 0; isNew && i < ports.size(); ++i) {
        const PortKey key{known->second, ports[i]};
        bpf::put(m_ports, &key, &yes);
    }
    put(range, known->second);
}

void TcpSteering::close(const IpPrefix& range) {
    put(range, kClosedRange);
}

void TcpSteering::openNameService() {
    const PortKey key{kNameService, kNamePort};
    const std::uint32_t yes = 1;
    bpf::put(m_ports, &key, &yes);
}

std::optional<TcpSteering::Refused> TcpSteering::takeRefused() const {
    RefusedValue value{};
    if (!bpf::takeFrom(m_refused, &value)) return std::nullopt;
    return Refused{IpAddress::v6(value.address), static_cast<std::uint16_t>(value.port)};
}

} // namespace rootlayer::guest
