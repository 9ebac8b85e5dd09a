#include "network/helper/own_addresses.hh"

#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>

namespace rootlayer::network {

bool isOwnAddress(const IpAddress& address) {
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

} // namespace rootlayer::network
