#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.hh"
#include "guest-agent/network/name_server.hh"

namespace rootlayer::guest {

/// A client of the name server over TCP: messages with their lengths before them (RFC 1035, 4.2.2). Bounded:
/// a client that does not read its answers is left.
class DnsConnection final {
  public:
    /// Takes a connected socket.
    explicit DnsConnection(UniqueFd socket);

    int fd() const { return m_socket.get(); }
    /// The events to poll(2) for.
    short events() const;
    /// Reads queries and writes answers.
    void move(NameServer& names);
    bool over() const { return !m_socket; }

  private:
    void readQueries(NameServer& names);
    void writeAnswers();

    UniqueFd m_socket;
    std::string m_in;
    /// Shared with the answers that are still being looked for.
    std::shared_ptr<std::string> m_out = std::make_shared<std::string>();
    bool m_ended = false;
};

} // namespace rootlayer::guest
