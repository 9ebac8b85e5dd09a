#pragma once

#include <algorithm>
#include <fcntl.h>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>

#include "base/unique_fd.hh"

namespace rootlayer::fuzz {

/// A socket whose peer has sent all of its bytes already and reads nothing. Then it is gone, so a wait for
/// more of them ends at once.
class Wire final {
  public:
    /// A socket takes so much without a reader.
    static constexpr std::size_t kMost = std::size_t{1} << 16;

    explicit Wire(std::string_view bytes) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            throw std::runtime_error("socketpair");
        m_ours = UniqueFd(ends[0]);
        m_peer = UniqueFd(ends[1]);
        send(bytes.substr(0, std::min(bytes.size(), kMost)));
    }
    void send(std::string_view bytes) {
        if (!bytes.empty() && ::send(m_peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
                                  static_cast<ssize_t>(bytes.size()))
            throw std::runtime_error("send");
    }
    /// The peer sends nothing more. It still takes what is sent to it.
    void end() { ::shutdown(m_peer.get(), SHUT_WR); }
    UniqueFd take() { return std::move(m_ours); }
    int peer() const { return m_peer.get(); }

  private:
    UniqueFd m_ours;
    UniqueFd m_peer;
};

} // namespace rootlayer::fuzz
