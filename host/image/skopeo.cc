#include "image/skopeo.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/poll.hh"
#include "base/process.hh"
#include "image/skopeo_fault.hh"
#include "image/skopeo_settings.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kMaxOutput = std::size_t{8} << 20;
constexpr std::size_t kMaxErrors = std::size_t{64} << 10;
constexpr auto kTick = std::chrono::seconds(1);
constexpr auto kUpload = std::chrono::minutes(30); // skopeo shows no progress of an upload

/// The number of bytes that skopeo has written so far. Files may appear, grow and be renamed meanwhile.
std::uint64_t bytesIn(const std::string& directory) {
    std::uint64_t total = 0;
    std::error_code gone;
    for (const auto& file : std::filesystem::directory_iterator(directory, gone)) {
        const auto size = file.file_size(gone);
        if (!gone) total += size;
    }
    return total;
}

/// A child's output, read while it runs.
class Stream final {
  public:
    explicit Stream(UniqueFd fd) : m_fd(std::move(fd)) {}
    bool open() const { return static_cast<bool>(m_fd); }
    pollfd wait() const { return {m_fd ? m_fd.get() : -1, POLLIN, 0}; }
    const std::string& text() const { return m_text; }
    std::string& text() { return m_text; }
    void read() {
        std::array<char, 65536> buffer{};
        const ssize_t got = ::read(m_fd.get(), buffer.data(), buffer.size());
        if (got > 0) m_text.append(buffer.data(), static_cast<std::size_t>(got));
        if (got == 0 || (got < 0 && errno != EINTR)) m_fd.reset();
    }

  private:
    UniqueFd m_fd;
    std::string m_text;
};

/// Waits for a child as long as it makes progress.
class Watch final {
  public:
    Watch(Child child, Pipe out, Pipe err)
        : m_child(std::move(child)), m_out(std::move(out.reader)), m_err(std::move(err.reader)) {}

    /// False if there was no progress for `timeout`.
    bool wait(std::chrono::milliseconds timeout, const CancelToken& cancel,
              const std::function<std::uint64_t()>& progress) {
        auto deadline = Deadline::after(timeout);
        std::uint64_t seen = 0;
        while (m_out.open() || m_err.open()) {
            std::array<pollfd, 3> waits{m_out.wait(), m_err.wait(), pollfd{cancel.pollFd(), POLLIN, 0}};
            pollFiles(waits, Deadline::after(kTick).sooner(deadline).pollTimeout());
            cancel.check();
            const auto before = seen;
            if (waits[0].revents != 0) m_out.read();
            if (waits[1].revents != 0) m_err.read();
            bound();
            seen = progress() + m_out.text().size();
            if (seen != before) deadline = Deadline::after(timeout);
            if (deadline.expired()) return false;
        }
        m_status = m_child.wait(deadline, &cancel);
        return m_status.has_value();
    }

    bool succeeded() const { return m_status && m_status->success(); }
    std::string& out() { return m_out.text(); }
    const std::string& err() const { return m_err.text(); }

  private:
    void bound() {
        if (m_out.text().size() > kMaxOutput)
            throw Error(ErrorCode::Image,
                        fmt::format("the registry sent a manifest of more than {} bytes", kMaxOutput));
        auto& errors = m_err.text();
        if (errors.size() > kMaxErrors) errors.erase(0, errors.size() - kMaxErrors);
    }

    Child m_child;
    Stream m_out;
    Stream m_err;
    std::optional<ExitStatus> m_status;
};

Child startSkopeo(std::vector<std::string> argv, const Pipe& out, const Pipe& err) {
    if (!findProgram("skopeo")) {
        throw Error(ErrorCode::System, "docker:// needs skopeo, which is not installed",
                    "apt-get install skopeo");
    }
    Command command{std::move(argv)};
    supplySettings(command);
    command.stdoutFd = out.writer.get();
    command.stderrFd = err.writer.get();
    return Child::start(command);
}

std::vector<std::string> pushCommand(const std::string& layout, const std::string& image, bool tlsVerify) {
    return {"skopeo",
            "copy",
            "--quiet",
            "--preserve-digests",
            fmt::format("--dest-tls-verify={}", tlsVerify),
            "oci:" + layout,
            image};
}

} // namespace

std::string Skopeo::manifest(const std::string& image) const {
    return run({"skopeo", "inspect", "--raw", fmt::format("--tls-verify={}", m_options.tlsVerify), image},
               image, m_options.timeout, [] { return std::uint64_t{0}; });
}

void Skopeo::send(const std::string& layout, const std::string& image) const {
    run(pushCommand(layout, image, m_options.tlsVerify), image, kUpload, [] { return std::uint64_t{0}; });
}

void Skopeo::ask(const std::string& layout, const std::string& image, const Digest& missing) const {
    const auto ended = finish(pushCommand(layout, image, m_options.tlsVerify), image, m_options.timeout,
                              [] { return std::uint64_t{0}; });
    if (ended.err.find("reading blob " + missing.str()) != std::string::npos) return;
    if (auto fault = knownSkopeoFault(image, ended.err)) throw *std::move(fault);
}

void Skopeo::fetch(const std::string& image, const std::string& directory, std::uint64_t most,
                   const std::function<void(std::uint64_t)>& onBytes) const {
    const auto progress = [&] {
        const auto total = bytesIn(directory);
        if (onBytes) onBytes(total);
        if (total <= most) return total;
        throw Error(ErrorCode::Image,
                    fmt::format("the registry sends more data for {} than its manifest says", quote(image)),
                    "the registry is broken or malicious: do not use its images");
    };
    run({"skopeo", "copy", "--quiet", "--preserve-digests",
         fmt::format("--src-tls-verify={}", m_options.tlsVerify), image, "dir:" + directory},
        image, m_options.timeout, progress);
}

std::string Skopeo::run(std::vector<std::string> argv, const std::string& image,
                        std::chrono::milliseconds timeout,
                        const std::function<std::uint64_t()>& progress) const {
    auto ended = finish(std::move(argv), image, timeout, progress);
    if (!ended.succeeded) throw skopeoFault(image, ended.err);
    return std::move(ended.out);
}

Skopeo::Ended Skopeo::finish(std::vector<std::string> argv, const std::string& image,
                             std::chrono::milliseconds timeout,
                             const std::function<std::uint64_t()>& progress) const {
    Pipe out = makePipe();
    Pipe err = makePipe();
    Child child = startSkopeo(std::move(argv), out, err);
    out.writer.reset();
    err.writer.reset();
    Watch watch(std::move(child), std::move(out), std::move(err));
    if (!watch.wait(timeout, m_options.cancel, progress)) {
        throw Error(ErrorCode::Timeout,
                    fmt::format("the registry {} sent nothing for {} s (image {})",
                                escaped(registryHost(image.substr(image.find("//") + 2))),
                                std::chrono::duration_cast<std::chrono::seconds>(timeout).count(),
                                quote(image)),
                    "try again later, or another registry");
    }
    return {watch.succeeded(), std::move(watch.out()), watch.err()};
}

} // namespace rootlayer::image
