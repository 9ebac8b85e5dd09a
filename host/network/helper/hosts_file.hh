#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.hh"

namespace rootlayer::network {

/// Addresses by canonical name.
using HostsFile = std::map<std::string, std::vector<IpAddress>>;

/// Reads the text of a file as hosts(5). Lines that are not well-formed are left out.
HostsFile parseHostsFile(std::string_view text);
/// The same for a file of at most 4 MiB; empty if it cannot be read.
HostsFile readHostsFile(const std::string& path);

} // namespace rootlayer::network
