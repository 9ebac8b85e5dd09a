#pragma once

#include <cstdint>
#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// How often a program in a network namespace tried to reach something that is not there: packets without a
/// route, and UDP datagrams to a port without a listener (a resolver without a server asks its own machine).
/// The arguments are the texts of /proc/net/snmp and /proc/net/snmp6.
std::uint64_t unreachableIn(std::string_view snmp, std::string_view snmp6);

/// Counts this for one network namespace.
class NetworkWatch final {
  public:
    /// Watches the namespace of the caller. Needs /proc. Counts nothing if the kernel has no such figures.
    static NetworkWatch ofThisNamespace();

    /// Starts counting.
    void begin() { m_before = count(); }
    std::uint64_t sinceBegin() const { return count() - m_before; }

  private:
    std::uint64_t count() const;

    UniqueFd m_snmp;
    UniqueFd m_snmp6;
    std::uint64_t m_before = 0;
};

} // namespace rootlayer::guest
