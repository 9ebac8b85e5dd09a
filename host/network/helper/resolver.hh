#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>

#include "base/deadline.hh"
#include "base/ip_address.hh"
#include "network/rules.hh"

namespace rootlayer::network {

/// What became of a name.
struct Resolution {
    enum class Status { Found, NotFound, Failed };
    Status status = Status::Failed;
    std::vector<IpAddress> addresses; ///< the best first; not empty if Found
    std::string message;              ///< of Failed
};

/// Resolves names as the host does: --add-host first, then /etc/hosts, then the DNS servers of
/// /etc/resolv.conf or of --dns. Answers are kept for half a minute. Owns c-ares. Never waits.
class Resolver final {
  public:
    using Done = std::function<void(const Resolution&)>;

    /// Reads the host's files, once. The rules must outlive the resolver. Throws Error{System}.
    explicit Resolver(const Rules& rules);
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// `name` is canonical (host_name.hh). `done` is called now or later, exactly once unless the resolver is
    /// destroyed.
    void resolve(const std::string& name, Done done);

    /// Adds the descriptors to poll(2).
    void addPolls(std::vector<pollfd>& polls) const;
    /// Handles what poll(2) found; call it after every poll(2), also for timeouts.
    void serve(const std::vector<pollfd>& polls);
    /// How long poll(2) may take, in milliseconds; -1: for ever.
    int timeout() const;

  private:
    struct Query;
    struct Known {
        Resolution resolution;
        Deadline until;
    };
    void finish(const std::string& name, Resolution resolution);

    const Rules& m_rules;
    std::map<std::string, std::vector<IpAddress>> m_hosts; ///< of /etc/hosts
    std::map<std::string, Known> m_known;
    std::map<std::string, std::vector<Done>> m_waiting;
    std::size_t m_waiters = 0;
    std::uint64_t m_queries = 0;
    std::unique_ptr<struct Channel> m_channel;
};

} // namespace rootlayer::network
