#pragma once

#include <stdexcept>
#include <sys/socket.h>

#include "base/unique_fd.hh"

namespace rootlayer::test {

/// Two connected stream sockets, instead of the channel of a machine.
struct SocketPair {
    UniqueFd host;
    UniqueFd guest;

    SocketPair() {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            throw std::runtime_error("socketpair");
        host = UniqueFd(ends[0]);
        guest = UniqueFd(ends[1]);
    }
};

} // namespace rootlayer::test
