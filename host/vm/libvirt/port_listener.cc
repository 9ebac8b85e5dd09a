#include "vm/libvirt/port_listener.hh"

#include <array>
#include <cstring>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/escape.hh"
#include "base/poll.hh"
#include "base/system_error.hh"

namespace rootlayer::vm {

namespace {

sockaddr_un addressOf(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw Error(ErrorCode::Input, fmt::format("the path of the socket {} is too long", quote(path)),
                    "set XDG_RUNTIME_DIR or TMPDIR to a directory with a shorter path");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

} // namespace

PortListener::PortListener(const PortDevice& port)
    : m_name(port.name), m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (!m_socket) throw systemError("cannot create a socket");
    const auto address = addressOf(port.socket);
    // The directory is private, so nobody else can connect.
    if (::bind(m_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(m_socket.get(), 1) != 0) {
        throw systemError(fmt::format("cannot listen at {}", quote(port.socket)));
    }
}

UniqueFd PortListener::accept(int ended, Deadline deadline, const CancelToken* cancel) {
    for (;;) {
        UniqueFd connection(::accept4(m_socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection) return connection;
        std::array<pollfd, 3> waits{{{m_socket.get(), POLLIN, 0},
                                     {ended, POLLIN, 0},
                                     {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        pollFiles(waits, deadline.pollTimeout());
        if (cancel != nullptr) cancel->check();
        if (waits[0].revents == 0 && waits[1].revents != 0) {
            throw Error(ErrorCode::Machine,
                        fmt::format("the machine died before it opened the port {}", m_name));
        }
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("QEMU did not open the port {} in time", m_name));
        }
    }
}

} // namespace rootlayer::vm
