#include "builder/archive_tool.hh"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/poll.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"
#include "sandbox/tool_confinement.hh"

namespace rootlayer::builder {

namespace {

using namespace std::chrono_literals;

// Without a byte: a large entry of a solid archive is decompressed to skip it.
constexpr auto kStalled = 10min;
constexpr auto kEnding = 1min;
constexpr auto kChecking = 24h;

/// libarchive has several words for it.
bool meansEncrypted(std::string_view message) {
    constexpr std::array words = {"assphrase", "is encrypted", "Zip encrypted", "Encrypted file",
                                  "Crypto codec"};
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return message.find(word) != message.npos; });
}

class ConvertedArchive final : public Source {
  public:
    ConvertedArchive(std::string path, const std::string& directory, CancelToken cancel)
        : m_path(std::move(path)), m_cancel(std::move(cancel)), m_directory(directory),
          m_log(::memfd_create("bsdtar", MFD_CLOEXEC)) {
        if (!m_log) throw systemError("cannot create a file in memory");
    }

    /// Reads all data: a conversion does not look at checksums.
    void check() {
        // It would ask for the passphrase of an encrypted archive, again and again.
        m_child.emplace(start({"bsdtar", "--passphrase", "none", "-xOf", "-"}, -1));
        requireSuccess(Deadline::after(kChecking));
    }

    void convert() {
        m_child.emplace(start({"bsdtar", "-cPf", "-", "--format=pax", "@-"}, m_pipe.writer.get()));
        m_pipe.writer.reset();
    }

    std::size_t read(std::span<char> buffer) override {
        if (m_ended) return 0;
        wait();
        FdSource source(m_pipe.reader.get(), "bsdtar");
        const auto got = source.read(buffer);
        if (got == 0) {
            m_ended = true;
            requireSuccess(Deadline::after(kEnding));
        }
        return got;
    }

  private:
    Child start(std::vector<std::string> words, int output) {
        m_archive = openInput(m_path, "--contents");
        Command command{std::move(words)};
        command.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"};
        command.stdinFd = m_archive.get();
        command.stdoutFd = output;
        command.stderrFd = m_log.get();
        // It can change what is in an empty directory, and nothing else.
        sandbox::confineTool(command, {m_directory.path()});
        return Child::start(command);
    }

    void wait() const {
        const auto deadline = Deadline::after(kStalled);
        for (;;) {
            std::array<pollfd, 2> waits{{{m_pipe.reader.get(), POLLIN, 0}, {m_cancel.pollFd(), POLLIN, 0}}};
            pollFiles(waits, deadline.pollTimeout());
            m_cancel.check();
            if (waits[0].revents != 0) return;
            if (deadline.expired())
                throw Error(ErrorCode::Timeout, "bsdtar gives nothing any more",
                            "unpack the archive yourself, and give the directory");
        }
    }

    void requireSuccess(Deadline deadline) {
        const auto status = m_child->wait(deadline, &m_cancel);
        if (status && status->success()) return;
        const auto said = messages();
        if (meansEncrypted(said)) {
            throw Error(ErrorCode::Input, fmt::format("the archive {} is encrypted", quote(m_path)),
                        "unpack it yourself, and give the directory");
        }
        throw Error(ErrorCode::Input,
                    fmt::format("the archive {} cannot be read: bsdtar ended with {}: {}", quote(m_path),
                                status ? status->str() : "a time-out", said),
                    "get it again, or add it as a file with unpack=no");
    }

    std::string messages() const {
        constexpr std::size_t most = 1000;
        std::string text(most, '\0');
        const auto got = ::pread(m_log.get(), text.data(), text.size(), 0);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        text.resize(text.find_last_not_of('\n') + 1);
        std::string line; // bsdtar says "(null)" if it knows no reason
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto one = text.substr(at, end - at);
            if (!one.ends_with("(null)")) line += (line.empty() ? "" : "; ") + one;
            at = end + 1;
        }
        return line.empty() ? "it is cut off, or of a kind that bsdtar does not know" : escaped(line);
    }

    std::string m_path;
    CancelToken m_cancel;
    TempDir m_directory;
    UniqueFd m_archive;
    UniqueFd m_log;
    Pipe m_pipe = makePipe();
    std::optional<Child> m_child;
    bool m_ended = false;
};

} // namespace

std::unique_ptr<Source> convertedArchive(const std::string& path, const std::string& directory,
                                         CancelToken cancel) {
    if (!findProgram("bsdtar")) {
        throw Error(ErrorCode::System,
                    fmt::format("the archive {} needs bsdtar, which is not installed", quote(path)),
                    "apt-get install libarchive-tools, or add it as a file with unpack=no");
    }
    auto archive = std::make_unique<ConvertedArchive>(path, directory, std::move(cancel));
    archive->check();
    archive->convert();
    return archive;
}

} // namespace rootlayer::builder
