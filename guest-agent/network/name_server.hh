#pragma once

// Name server: answers the script's DNS queries inside the guest.
//
// It has UDP sockets at port 53 of every address: all addresses are local (loopback.hh), so it answers
// whatever name server /etc/resolv.conf names, and also where there is no such file, for which programs ask
// 127.0.0.1. Nothing is written into the script's root for that.
//
// localhost and the machine's own host name are known. For any other name the owner is asked once, and says
// whether the script may have it. An allowed name gets an address of NameTable's, another one does not exist.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hh"
#include "guest-agent/network/dns_message.hh"
#include "guest-agent/network/name_table.hh"

namespace rootlayer::guest {

/// See above. Never waits.
class NameServer final {
  public:
    enum class Verdict { Allowed, Refused, NotFound, Failed };
    /// Asked about a name for the first time, or again after Failed or NotFound. Calls answer(), now or
    /// later.
    using Ask = std::function<void(const std::string& name)>;
    using Reply = std::function<void(std::string_view response)>;

    /// Opens its sockets in the caller's network namespace. Throws Error{System}.
    NameServer();

    void setAsk(Ask ask) { m_ask = std::move(ask); }
    /// Called before a name is answered for the first time.
    void setAllowed(std::function<void(const NameTable::Addresses&)> allowed) {
        m_allowed = std::move(allowed);
    }

    const UniqueFd& socket() const { return m_socket; }
    const UniqueFd& socket6() const { return m_socket6; }
    /// Answers the queries that have arrived, a bounded number at a call.
    void serve();
    /// Answers one query, also one that came over TCP. `reply` is called now or later, or never.
    void serve(std::string_view message, const Reply& reply);
    /// What the owner decided about a name.
    void answer(const std::string& name, Verdict verdict);

    const NameTable& names() const { return m_names; }

  private:
    struct Waiting {
        DnsQuery query;
        Reply reply;
    };
    void serveFrom(const UniqueFd& socket);
    void serveQuery(const DnsQuery& query, const Reply& reply);
    static bool serveLocal(const DnsQuery& query, const Reply& reply);
    void respond(const DnsQuery& query, Verdict verdict, const Reply& reply) const;

    UniqueFd m_socket;
    UniqueFd m_socket6;
    Ask m_ask;
    std::function<void(const NameTable::Addresses&)> m_allowed;
    NameTable m_names;
    std::set<std::string> m_refused;
    std::map<std::string, std::vector<Waiting>> m_waiting;
    std::size_t m_waitingQueries = 0;
};

} // namespace rootlayer::guest
