#include "vm/qemu/memory_opener.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "base/no_signals.hh"
#include "base/system_error.hh"

namespace rootlayer::vm {

MemoryOpener::MemoryOpener(UniqueFd listener, UniqueFd memory)
    : m_listener(std::move(listener)), m_memory(std::move(memory)), m_end(::eventfd(0, EFD_CLOEXEC)) {
    if (!m_end) throw systemError("cannot create an eventfd");
    const NoSignals blocked;
    m_thread = std::thread([this] { answerAll(); });
}

MemoryOpener::~MemoryOpener() {
    ::eventfd_write(m_end.get(), 1);
    m_thread.join();
}

void MemoryOpener::answerAll() const noexcept {
    for (;;) {
        std::array<pollfd, 2> waits{{{m_listener.get(), POLLIN, 0}, {m_end.get(), POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) return;
        if (waits[1].revents != 0) return;
        // Without POLLIN all processes with the filter have ended.
        if (waits[0].revents != 0 && ((waits[0].revents & POLLIN) == 0 || !answer())) return;
    }
}

/// False when nobody can ask any more.
bool MemoryOpener::answer() const noexcept {
    seccomp_notif question{};
    if (::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &question) != 0)
        return errno == ENOENT || errno == EINTR; // the thread that asked has ended
    seccomp_notif_addfd given{};
    given.id = question.id;
    given.srcfd = static_cast<std::uint32_t>(m_memory.get());
    given.newfd_flags = O_CLOEXEC;
    const int fd = ::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &given);
    seccomp_notif_resp reply{};
    reply.id = question.id;
    reply.val = fd;
    if (fd < 0) {
        reply.val = 0;
        reply.error = -EACCES;
    }
    ::ioctl(m_listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &reply);
    return true;
}

} // namespace rootlayer::vm
