#include "network/helper_process.hh"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/no_broken_pipe.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "network/connection_record.hh"

// The helper's program, linked into the library (helper_blob.S).
extern "C" const char rootlayerHelperStart[] __attribute__((visibility("hidden")));
extern "C" const char rootlayerHelperEnd[] __attribute__((visibility("hidden")));

namespace rootlayer::network {

namespace {

constexpr std::size_t kMaxLine = 16384;
constexpr std::chrono::seconds kFinishTimeout{30};
constexpr std::chrono::seconds kAbandonTimeout{1};
constexpr int kPiecesAtOnce = 16; // of 64 KiB
/// Records of what was refused and failed, and some more (helper/helper_relay.cc).
constexpr std::uint64_t kMaxOtherRecords = 20'000;

/// The program as a file without a name.
UniqueFd programFile() {
    UniqueFd file(::memfd_create("rootlayer-network-helper", MFD_CLOEXEC));
    if (!file) throw systemError("cannot create a file for the network's helper");
    FdSink(file.get(), "the network's helper")
        .write({rootlayerHelperStart, static_cast<std::size_t>(rootlayerHelperEnd - rootlayerHelperStart)});
    return file;
}

UniqueFd openLog(const std::string& path) {
    UniqueFd log(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!log) throw systemError(fmt::format("cannot create the log {}", quote(path)));
    return log;
}

} // namespace

HelperProcess::HelperProcess(const NetworkOptions& options, UniqueFd port, const std::string& directory,
                             Record record)
    : m_record(std::move(record)), m_log(directory + "/network.log"),
      m_maxRecords(options.maxConnections == 0 ? UINT64_MAX : options.maxConnections + kMaxOtherRecords) {
    const auto program = programFile();
    const auto log = openLog(m_log);
    Pipe control = makePipe();
    Pipe records = makePipe();
    Command command;
    command.argv = {fmt::format("/proc/self/fd/{}", program.get()), std::to_string(port.get()),
                    std::to_string(records.writer.get()), directory};
    command.environment.emplace();
    command.workdir = "/";
    command.stdinFd = control.reader.get();
    command.stderrFd = log.get();
    command.keepFds = {port.get(), records.writer.get(), program.get()};
    command.newSession = true;
    m_child.emplace(Child::start(command));
    m_control = std::move(control.writer);
    m_records = std::move(records.reader);
    ::fcntl(m_records.get(), F_SETFL, O_NONBLOCK);
    const NoBrokenPipe guard;
    FdSink(m_control.get(), "the network's helper").write(encodeOptions(options) + "\n");
}

void HelperProcess::takeLines() {
    for (auto end = m_buffer.find('\n'); end != std::string::npos; end = m_buffer.find('\n')) {
        auto record = decodeRecord(std::string_view(m_buffer).substr(0, end));
        m_buffer.erase(0, end + 1);
        if (++m_count > m_maxRecords) break;
        if (record) m_record(std::move(*record));
    }
    // A helper of ours writes short lines.
    m_overflow = m_buffer.size() > kMaxLine || m_count > m_maxRecords;
}

bool HelperProcess::take() {
    std::array<char, 65536> buffer{};
    for (int pieces = 0; m_records && !m_overflow; ++pieces) {
        if (pieces == kPiecesAtOnce) return true;
        const ssize_t got = ::read(m_records.get(), buffer.data(), buffer.size());
        if (got < 0) return true;
        if (got == 0) break;
        m_buffer.append(buffer.data(), static_cast<std::size_t>(got));
        takeLines();
    }
    if (m_overflow) m_child->kill();
    m_records.reset();
    return false;
}

std::string HelperProcess::lastWords() const {
    constexpr std::uint64_t most = 65536;
    const auto text = readFile(m_log, "log of the network's helper", most);
    return escaped(text.substr(0, text.find('\n')).substr(0, 500));
}

void HelperProcess::takeAll(Deadline limit, const CancelToken* cancel) {
    m_control.reset();
    while (take() && !limit.expired()) {
        std::array<pollfd, 2> waits{
            {{m_records.get(), POLLIN, 0}, {cancel != nullptr ? cancel->pollFd() : -1, POLLIN, 0}}};
        ::poll(waits.data(), waits.size(), limit.pollTimeout());
        if (cancel != nullptr) cancel->check();
    }
}

std::string HelperProcess::abandon() {
    const NoBrokenPipe guard;
    if (m_control) [[maybe_unused]]
        const auto written = ::write(m_control.get(), "x", 1);
    takeAll(Deadline::after(kAbandonTimeout), nullptr);
    return lastWords();
}

std::string HelperProcess::finish(const CancelToken& cancel) {
    const auto limit = Deadline::after(kFinishTimeout);
    takeAll(limit, &cancel);
    const auto status = m_child->wait(limit, &cancel);
    if (status && status->success()) return {};
    const auto words = lastWords();
    return words.empty() ? (status ? status->str() : "it did not end in time") : words;
}

} // namespace rootlayer::network
