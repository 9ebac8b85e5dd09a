#include "store/tar2sqfs.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/free_space.hh"
#include "base/no_broken_pipe.hh"
#include "base/poll.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "sandbox/tool_confinement.hh"

namespace rootlayer::store {

namespace {

using namespace std::chrono_literals;

constexpr auto kStalled = 60s;  // without reading a byte
constexpr auto kEnding = 10min; // to write its tables after the last byte
constexpr int kPipeSize = 1 << 20;
constexpr std::uint64_t kMaxMessages = std::uint64_t{1} << 20;

/// The reader of the pipe has exited. Never leaves makeSquashfs(), which reports the exit status.
struct ReaderEnded {};

class PipeSink final : public Sink {
  public:
    PipeSink(int fd, const CancelToken* cancel) : m_fd(fd), m_cancel(cancel) {
        ::fcntl(fd, F_SETFL, O_NONBLOCK);
        // Fewer context switches. It may fail: the default size works too.
        ::fcntl(fd, F_SETPIPE_SZ, kPipeSize);
    }
    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto written = ::write(m_fd, bytes.data(), bytes.size());
            if (written > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(written));
                m_sent += static_cast<std::uint64_t>(written);
            } else if (errno == EAGAIN) {
                waitForRoom();
            } else if (errno == EPIPE) {
                throw ReaderEnded();
            } else if (errno != EINTR) {
                throw systemError("cannot write to tar2sqfs");
            }
        }
    }

    std::uint64_t sent() const { return m_sent; }

  private:
    void waitForRoom() const {
        const auto deadline = Deadline::after(kStalled);
        for (;;) {
            std::array<pollfd, 2> waits{
                {{m_fd, POLLOUT, 0}, {m_cancel != nullptr ? m_cancel->pollFd() : -1, POLLIN, 0}}};
            pollFiles(waits, deadline.pollTimeout());
            if (m_cancel != nullptr) m_cancel->check();
            if (waits[0].revents != 0) return;
            if (deadline.expired()) throw Error(ErrorCode::Timeout, "tar2sqfs has stopped reading");
        }
    }

    int m_fd;
    const CancelToken* m_cancel;
    std::uint64_t m_sent = 0;
};

std::string messagesIn(int log) {
    std::string text(kMaxMessages, '\0');
    const auto got = ::pread(log, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const auto from = text.size() > 1000 ? text.size() - 1000 : 0;
    return escaped(std::string_view(text).substr(from, text.find_last_not_of('\n') + 1 - from));
}

Child startTar2sqfs(const std::string& image, int tarFd, int logFd) {
    // mtime=0: implied directories must not take their time from SOURCE_DATE_EPOCH.
    Command command{{"tar2sqfs", "--compressor", "lz4", "--defaults", "mtime=0", "--no-skip", "--quiet",
                     "--force", image}};
    // Nothing of the caller's environment may influence the image.
    command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"};
    command.stdinFd = tarFd;
    command.stderrFd = logFd;
    // It reads what an image says.
    sandbox::confineTool(command, {std::filesystem::path(image).parent_path().string()});
    return Child::start(command);
}

bool feed(PipeSink& sink, const std::function<bool(Sink&)>& writeTar) {
    const NoBrokenPipe guard;
    try {
        return writeTar(sink);
    } catch (const ReaderEnded&) {
        return true; // the exit status says why
    }
}

/// tar2sqfs calls a full disk an "I/O error", and removes what it has written.
bool wasFull(const std::string& messages, const std::string& image, std::uint64_t sent) {
    if (saysNoSpace(messages)) return true;
    const UniqueFd directory(
        ::open(std::filesystem::path(image).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto left = freeSpace(directory.get());
    return left && *left <= sent && messages.find("I/O error") != std::string::npos;
}

} // namespace

bool makeSquashfs(const std::string& image, const std::function<bool(Sink&)>& writeTar,
                  const CancelToken* cancel) {
    // In memory: the disk may be full.
    const UniqueFd log(::memfd_create("tar2sqfs", MFD_CLOEXEC));
    if (!log) throw systemError("cannot create a file in memory");
    Pipe pipe = makePipe();
    auto child = startTar2sqfs(image, pipe.reader.get(), log.get());
    pipe.reader.reset();
    PipeSink sink(pipe.writer.get(), cancel);
    if (!feed(sink, writeTar)) return false;
    pipe.writer.reset();
    const auto status = child.wait(Deadline::after(kEnding), cancel);
    if (!status) throw Error(ErrorCode::Timeout, "tar2sqfs did not finish in time");
    if (!status->success()) {
        const auto messages = messagesIn(log.get());
        if (messages.find("numeric overflow") != std::string::npos) {
            throw Error(ErrorCode::Resource,
                        "it has more than 65,535 different owners and groups, squashfs's limit",
                        "use a base whose files have fewer owners");
        }
        const bool full = wasFull(messages, image, sink.sent());
        throw Error(full ? ErrorCode::Resource : ErrorCode::System,
                    fmt::format("tar2sqfs failed with {}{}: {}", status->str(),
                                full ? ", because the disk is full" : "", messages),
                    "check the free space in the cache directory, or choose another one with --cache-dir");
    }
    return true;
}

} // namespace rootlayer::store
