#include "vm/libvirt/qemu_process.hh"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/stream.hh"

namespace rootlayer::vm {

namespace {

constexpr std::uint64_t kMaxCommandLine = std::uint64_t{4} << 20;

bool namesDirectory(pid_t pid, const std::string& directory) {
    const auto path = fmt::format("/proc/{}/cmdline", pid);
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || status.st_uid != ::geteuid()) return false;
    FdSource source(fd.get(), path);
    return readAll(source, kMaxCommandLine, path).find(directory) != std::string::npos;
}

UniqueFd openPid(pid_t pid) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool sendKill(int pidfd) {
    return ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0;
}

bool ended(int pidfd, int timeout) {
    pollfd wait{pidfd, POLLIN, 0};
    return ::poll(&wait, 1, timeout) == 1;
}

void killIfNaming(pid_t pid, const std::string& directory) noexcept {
    try {
        // Open the pidfd before reading the command line, so that both belong to the same process.
        const auto pidfd = openPid(pid);
        if (pidfd && namesDirectory(pid, directory)) sendKill(pidfd.get());
    } catch (const std::exception&) {
        // The process has exited meanwhile.
    }
}

} // namespace

std::optional<QemuProcess> QemuProcess::atOtherEnd(int socket, const std::string& directory) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 1)
        return std::nullopt;
    auto pidfd = openPid(peer.pid);
    if (!pidfd || !namesDirectory(peer.pid, directory)) return std::nullopt;
    return QemuProcess(peer.pid, std::move(pidfd));
}

bool QemuProcess::running() const {
    return !ended(m_pidfd.get(), 0);
}

bool QemuProcess::kill(Deadline deadline) const noexcept {
    if (ended(m_pidfd.get(), 0)) return true;
    return sendKill(m_pidfd.get()) && ended(m_pidfd.get(), deadline.pollTimeout());
}

void killProcessesNaming(const std::string& directory) noexcept {
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
    if (!proc || directory.empty()) return;
    while (const dirent* entry = ::readdir(proc.get())) {
        const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        if (pid > 1 && pid != ::getpid()) killIfNaming(pid, directory);
    }
}

} // namespace rootlayer::vm
