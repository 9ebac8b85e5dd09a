#include "guest-agent/network/loopback.hh"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {

constexpr unsigned char kTable = 100;

template <typename Struct>
std::string_view bytesOf(const Struct& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// One request of rtnetlink(7): a header, a fixed part and attributes.
class Request final {
  public:
    template <typename Fixed>
    Request(unsigned short type, unsigned short flags, const Fixed& fixed) {
        nlmsghdr header{};
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | NLM_F_ACK | flags);
        append(bytesOf(header));
        append(bytesOf(fixed));
    }
    void add(unsigned short type, std::string_view value) {
        const rtattr head{static_cast<unsigned short>(RTA_LENGTH(value.size())), type};
        append(bytesOf(head));
        append(value);
    }
    template <typename Number>
    requires std::is_integral_v<Number>
    void add(unsigned short type, Number value) { add(type, bytesOf(value)); }

    /// The whole message.
    std::string take() {
        const auto length = static_cast<std::uint32_t>(m_bytes.size());
        std::memcpy(m_bytes.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        return std::move(m_bytes);
    }

  private:
    void append(std::string_view bytes) {
        m_bytes += bytes;
        m_bytes.resize(NLMSG_ALIGN(m_bytes.size()));
    }
    std::string m_bytes;
};

class RouteSocket final {
  public:
    RouteSocket() : m_fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
        if (!m_fd) throw systemError("cannot open a netlink socket");
    }
    void send(Request request, const char* what) {
        const auto bytes = request.take();
        std::array<char, 1024> answer{};
        if (::send(m_fd.get(), bytes.data(), bytes.size(), 0) < 0 ||
            ::recv(m_fd.get(), answer.data(), answer.size(), 0) <
                static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(int)))
            throw systemError(fmt::format("cannot set up {}", what));
        int error = 0; // nlmsgerr begins with it
        std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
        if (error != 0) throw systemError(-error, fmt::format("cannot set up {}", what));
    }

  private:
    UniqueFd m_fd;
};

/// An address in network byte order.
std::string addressBytes(unsigned char family, const char* text) {
    std::string bytes(family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr), '\0');
    ::inet_pton(family, text, bytes.data());
    return bytes;
}

void bringUp(RouteSocket& socket, int index) {
    ifinfomsg link{};
    link.ifi_family = AF_UNSPEC;
    link.ifi_index = index;
    link.ifi_flags = IFF_UP;
    link.ifi_change = IFF_UP;
    socket.send(Request(RTM_NEWLINK, 0, link), "the loopback interface");
}

void addAddress(RouteSocket& socket, int index, unsigned char family, const std::string& address) {
    ifaddrmsg fixed{};
    fixed.ifa_family = family;
    fixed.ifa_prefixlen = static_cast<unsigned char>(address.size() * 8);
    fixed.ifa_index = static_cast<unsigned>(index);
    // Otherwise Linux makes sure later that nobody has the address, and it is no source until then.
    if (family == AF_INET6) fixed.ifa_flags = IFA_F_NODAD;
    Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, fixed);
    request.add(IFA_LOCAL, address);
    request.add(IFA_ADDRESS, address);
    socket.send(std::move(request), "the machine's address");
}

struct Route {
    unsigned char family;
    unsigned char table;
    std::string destination; ///< in network byte order; empty: everywhere
    unsigned char length = 0;
    std::string source = {}; ///< empty: the destination
};

void addRoute(RouteSocket& socket, int index, const Route& route) {
    rtmsg fixed{};
    fixed.rtm_family = route.family;
    fixed.rtm_table = route.table;
    fixed.rtm_protocol = RTPROT_BOOT;
    if (route.family == AF_INET) fixed.rtm_scope = RT_SCOPE_HOST;
    fixed.rtm_type = RTN_LOCAL;
    fixed.rtm_dst_len = route.length;
    Request request(RTM_NEWROUTE, NLM_F_CREATE, fixed);
    if (route.length != 0) request.add(RTA_DST, route.destination);
    request.add(RTA_OIF, index);
    if (!route.source.empty()) request.add(RTA_PREFSRC, route.source);
    socket.send(std::move(request), "the script's routes");
}

/// Of a protocol, or of all packets.
void addRule(RouteSocket& socket, unsigned char family, unsigned priority, unsigned char table,
             std::optional<unsigned char> protocol) {
    fib_rule_hdr fixed{};
    fixed.family = family;
    fixed.table = table;
    fixed.action = FR_ACT_TO_TBL;
    Request request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, fixed);
    request.add(FRA_PRIORITY, priority);
    if (protocol) request.add(FRA_IP_PROTO, *protocol);
    socket.send(std::move(request), "the script's routing rules");
}

void removeLocalRule(RouteSocket& socket, unsigned char family) {
    fib_rule_hdr fixed{};
    fixed.family = family;
    fixed.table = RT_TABLE_LOCAL;
    fixed.action = FR_ACT_TO_TBL;
    Request request(RTM_DELRULE, 0, fixed);
    request.add(FRA_PRIORITY, 0U);
    socket.send(std::move(request), "the script's routing rules");
}

/// Everything is local for TCP and UDP. Linux answers only from addresses that the table of local addresses
/// has (__ip_dev_find), so the route is there, and a second table has what is local for all other protocols.
void routeIpv4(RouteSocket& socket, int index) {
    const auto own = addressBytes(AF_INET, kOwnAddress);
    addAddress(socket, index, AF_INET, own);
    // First what a kernel may not have: the routes alone would make the machine answer its own pings.
    addRule(socket, AF_INET, 1, RT_TABLE_LOCAL, IPPROTO_TCP);
    addRule(socket, AF_INET, 2, RT_TABLE_LOCAL, IPPROTO_UDP);
    addRule(socket, AF_INET, 3, kTable, std::nullopt);
    addRoute(socket, index, {AF_INET, kTable, own, 32});
    addRoute(socket, index, {AF_INET, kTable, addressBytes(AF_INET, "127.0.0.0"), 8});
    removeLocalRule(socket, AF_INET);
    // Without a source it would be the destination, and a connection could be one to itself.
    addRoute(socket, index, {AF_INET, RT_TABLE_LOCAL, {}, 0, own});
}

/// The same; here an answer may come from any address.
void routeIpv6(RouteSocket& socket, int index) {
    const auto own = addressBytes(AF_INET6, kOwnAddress6);
    addAddress(socket, index, AF_INET6, own);
    addRule(socket, AF_INET6, 1, kTable, IPPROTO_TCP);
    addRule(socket, AF_INET6, 2, kTable, IPPROTO_UDP);
    addRoute(socket, index, {AF_INET6, kTable, {}, 0, own});
}

} // namespace

void setUpLoopback() {
    RouteSocket socket;
    const auto index = static_cast<int>(::if_nametoindex("lo"));
    bringUp(socket, index);
    routeIpv4(socket, index);
    routeIpv6(socket, index);
}

} // namespace rootlayer::guest
