#include "cli/standard_streams.hh"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer::cli {

namespace {

constexpr const char* kStdout = "cannot write to standard output";
constexpr const char* kHint = "redirect standard output to a writable place, or to /dev/null";

bool g_callerIgnoresPipes = false;

/// The mode is the wrong one for stdin and stdout, so that their use still fails (EBADF).
void openIfClosed(int fd, int mode) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return;
    ::open("/dev/null", mode); // the lowest number that is free, which is this one
}

} // namespace

void prepareStandardStreams() {
    openIfClosed(STDIN_FILENO, O_WRONLY);
    openIfClosed(STDOUT_FILENO, O_RDONLY);
    openIfClosed(STDERR_FILENO, O_WRONLY);
    g_callerIgnoresPipes = ::signal(SIGPIPE, SIG_IGN) == SIG_IGN;
    ::signal(SIGXFSZ, SIG_IGN);
}

void requireStdout() {
    const int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
    if (flags < 0) throw systemError(kStdout, kHint);
    if ((flags & O_ACCMODE) == O_RDONLY) throw systemError(EBADF, kStdout, kHint);
}

void toStdout(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) throw systemError(kStdout, kHint);
}

void flushStdout() {
    if (std::fflush(stdout) != 0) throw systemError(kStdout, kHint);
}

void toStderr(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{STDERR_FILENO, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

bool isReaderGone(const Error& error) {
    if (g_callerIgnoresPipes || error.code() != ErrorCode::System) return false;
    if (!error.message().ends_with(std::string(": ") + std::strerror(EPIPE))) return false;
    pollfd state{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLERR | POLLHUP)) != 0;
}

void endBySigpipe() {
    ::signal(SIGPIPE, SIG_DFL);
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::sigprocmask(SIG_UNBLOCK, &pipe, nullptr);
    ::raise(SIGPIPE);
    ::_exit(128 + SIGPIPE);
}

} // namespace rootlayer::cli
