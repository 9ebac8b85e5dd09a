#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/network_options.hh>

namespace rootlayer::network {

/// What a run did with its network, in sentences for the user. Each refusal is told once, with the option
/// that would allow it.
class NetworkReport final {
  public:
    using Warn = std::function<void(const std::string&)>;
    explicit NetworkReport(Warn warn);

    /// The guest says that the script, which has no network, wanted to reach a host. Not trusted.
    void refusedInGuest(std::string_view host, std::uint16_t port);
    /// A connection that has ended, or was refused.
    void add(NetworkConnection connection);

    const std::vector<NetworkConnection>& connections() const { return m_connections; }
    /// For the end of a run that failed: what was refused, and the options that allow it. Empty: nothing.
    std::string hint() const;
    /// The values of --allow that the connections needed, "HOST:PORT,PORT", sorted.
    std::vector<std::string> neededAllows() const;

  private:
    void tell(const std::string& key, const std::string& text, const std::string& option);

    Warn m_warn;
    std::vector<NetworkConnection> m_connections;
    std::set<std::string> m_told;
    std::vector<std::string> m_options; ///< that would allow what was refused
};

} // namespace rootlayer::network
