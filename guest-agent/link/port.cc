#include "guest-agent/link/port.hh"

#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <poll.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPorts = "/sys/class/virtio-ports";

/// sysfs reports neither a port's name nor the host's connection as an event without a netlink socket, so
/// poll.
void pauseShortly() {
    const timespec pause{0, 2'000'000};
    ::nanosleep(&pause, nullptr);
}

std::optional<std::string> findPort(const std::string& name) {
    std::error_code missing;
    for (const auto& port : fs::directory_iterator(kPorts, missing)) {
        const auto file = port.path() / "name";
        if (!fs::exists(file, missing)) continue;
        std::string text = readFile(file.string(), "port name", 4096);
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        if (text == name) return "/dev/" + port.path().filename().string();
    }
    return std::nullopt;
}

bool hostIsThere(int port) {
    pollfd wait{port, POLLOUT, 0};
    ::poll(&wait, 1, 0);
    return (wait.revents & POLLHUP) == 0 && (wait.revents & POLLOUT) != 0;
}

} // namespace

UniqueFd openPort(const std::string& name, Deadline deadline) {
    std::optional<std::string> path;
    while (!(path = findPort(name))) {
        if (deadline.expired()) {
            throw Error(ErrorCode::Timeout, fmt::format("there is no virtio-serial port {}", quote(name)),
                        "is the module virtio_console in the guest image?");
        }
        pauseShortly();
    }
    UniqueFd port(::open(path->c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!port) throw systemError(fmt::format("cannot open the port {}", quote(*path)));
    while (!hostIsThere(port.get())) {
        if (deadline.expired()) throw Error(ErrorCode::Timeout, "nobody is connected to the port");
        pauseShortly();
    }
    return port;
}

} // namespace rootlayer::guest
