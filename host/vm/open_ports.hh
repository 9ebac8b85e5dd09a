#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Keeps the host's ends of a machine's ports until they are taken.
class OpenPorts final {
  public:
    void add(std::string name, UniqueFd end) { m_ends.emplace(std::move(name), std::move(end)); }
    /// Throws Error{Internal} if the machine does not have the port or it was already taken.
    UniqueFd take(std::string_view name);

  private:
    std::map<std::string, UniqueFd, std::less<>> m_ends;
};

} // namespace rootlayer::vm
