#include "vm/guardian.hh"

#include <csignal>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/installed_program.hh"
#include "base/stream.hh"

namespace rootlayer::vm {

namespace {

constexpr std::size_t kMinNameLength = 8;
constexpr std::chrono::seconds kFarewellTimeout{5};
constexpr std::chrono::seconds kKillTimeout{30};

/// The directory is passed through pipes, to the shell and to grep, so that only the machine's command line
/// contains it. The loop continues for some rounds after the last match, because a QEMU may just be starting.
constexpr const char* kScript = R"sh(
trap '' HUP INT QUIT TERM
IFS= read -r directory || exit 0
IFS= read -r word
[ "$word" = bye ] && exit 0
[ -n "$directory" ] || exit 0
quiet=0
while [ "$quiet" -lt 4 ]; do
    quiet=$((quiet + 1))
    for file in $(printf '%s\n' "$directory" | grep -slFf - /proc/[0-9]*/cmdline); do
        pid=${file#/proc/}
        pid=${pid%/cmdline}
        { [ -O "/proc/$pid" ] || [ "$(id -u)" = 0 ]; } && kill -9 "$pid" && quiet=0
    done
    sleep 0.1
done
rm -rf -- "$directory"
)sh";

void checkDirectory(const std::string& directory) {
    const auto slash = directory.rfind('/');
    const bool named = slash != std::string::npos && directory.size() - slash > kMinNameLength;
    if (named && directory[0] == '/' && directory.find('\n') == std::string::npos) return;
    throw Error(ErrorCode::Internal,
                fmt::format("{} is not a directory that can be guarded", quote(directory)));
}

/// An installed busybox has all that the script calls; the host may have nothing.
std::vector<std::string> shell() {
    if (auto busybox = installedProgram("busybox")) return {*std::move(busybox), "sh"};
    return {"/bin/sh"};
}

Command watch(int lifeline) {
    Command command;
    command.argv = shell();
    command.argv.insert(command.argv.end(), {"-c", kScript});
    command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin"};
    command.workdir = "/";
    command.stdinFd = lifeline;
    command.newSession = true;
    command.outliveUs = true;
    return command;
}

} // namespace

Guardian::Guardian(const std::string& directory) {
    checkDirectory(directory);
    Pipe pipe = makePipe();
    m_shell = Child::start(watch(pipe.reader.get()));
    m_lifeline = std::move(pipe.writer);
    FdSink(m_lifeline.get(), "the guardian").write(directory + "\n");
}

Guardian::~Guardian() {
    if (!m_lifeline) return;
    // Four bytes fit into the almost empty pipe. If the shell is gone, the write fails with EPIPE, which is
    // ignored.
    sigset_t pipeSignal;
    sigset_t before;
    sigemptyset(&pipeSignal);
    sigaddset(&pipeSignal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipeSignal, &before);
    const bool told = ::write(m_lifeline.get(), "bye\n", 4) == 4;
    if (!told) {
        const timespec now{};
        ::sigtimedwait(&pipeSignal, nullptr, &now);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    m_lifeline.reset();
    m_shell->wait(Deadline::after(kFarewellTimeout));
}

void Guardian::killNow() noexcept {
    if (!m_lifeline) return;
    m_lifeline.reset();
    m_shell->wait(Deadline::after(kKillTimeout));
}

} // namespace rootlayer::vm
