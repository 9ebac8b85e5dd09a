#pragma once

#include <cstdint>
#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// How often somebody in a network wanted to reach what is not there: packets without a route, and datagrams
/// (of a resolver that has no server, and so asks its own machine) to a port where nobody listens. The texts
/// are /proc/net/snmp, which also counts for IPv6 what is in `snmp6`.
std::uint64_t unreachableIn(std::string_view snmp, std::string_view snmp6);

/// Counts that for one network namespace.
class NetworkWatch final {
  public:
    /// Of the namespace that the caller is in. Needs /proc. Without the kernel's figures it counts nothing.
    static NetworkWatch ofThisNamespace();

    /// From now on.
    void begin() { m_before = count(); }
    std::uint64_t sinceBegin() const { return count() - m_before; }

  private:
    std::uint64_t count() const;

    UniqueFd m_snmp;
    UniqueFd m_snmp6;
    std::uint64_t m_before = 0;
};

} // namespace rootlayer::guest
