#include "network/helper/own_addresses.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/unique_fd.hh"

namespace rootlayer::network {

namespace {

bool hasInterface(const IpAddress& address) {
    ifaddrs* raw = nullptr;
    if (::getifaddrs(&raw) != 0) return true;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> list(raw, ::freeifaddrs);
    for (const auto* each = list.get(); each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        const auto family = each->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6) continue;
        sockaddr_storage storage{};
        std::memcpy(&storage, each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
        if (IpAddress::of(storage) == address) return true;
    }
    return false;
}

struct RouteRequest {
    nlmsghdr head;
    rtmsg route;
    rtattr destination;
    IpAddress::Bytes address;
};

RouteRequest routeRequest(const IpAddress& address) {
    const std::size_t length = address.isV4() ? 4 : 16;
    RouteRequest request{};
    request.head.nlmsg_len = static_cast<std::uint32_t>(offsetof(RouteRequest, address) + length);
    request.head.nlmsg_type = RTM_GETROUTE;
    request.head.nlmsg_flags = NLM_F_REQUEST;
    request.route.rtm_family = address.isV4() ? AF_INET : AF_INET6;
    request.route.rtm_dst_len = static_cast<unsigned char>(length * 8);
    request.destination = {static_cast<unsigned short>(sizeof(rtattr) + length), RTA_DST};
    std::memcpy(request.address.data(), address.bytes().data() + (16 - length), length);
    return request;
}

/// Whether the route to it ends here. An address without a route is not this host's (rtnetlink(7)).
bool hasLocalRoute(const IpAddress& address) {
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    const auto request = routeRequest(address);
    if (!socket || ::send(socket.get(), &request, request.head.nlmsg_len, 0) < 0) return true;
    struct {
        nlmsghdr head;
        union {
            rtmsg route;
            nlmsgerr error;
        };
        std::array<char, 1024> rest;
    } answer{};
    const auto received = ::recv(socket.get(), &answer, sizeof answer, 0);
    if (received < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(rtmsg))) return true;
    // No route, or one that forbids it: connect(2) fails as well.
    if (answer.head.nlmsg_type == NLMSG_ERROR) return answer.error.error == 0;
    return answer.head.nlmsg_type != RTM_NEWROUTE || answer.route.rtm_type == RTN_LOCAL;
}

} // namespace

bool isOwnAddress(const IpAddress& address) {
    return hasInterface(address) || hasLocalRoute(address);
}

} // namespace rootlayer::network
