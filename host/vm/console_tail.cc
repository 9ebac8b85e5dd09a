#include "vm/console_tail.hh"

#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

namespace {

/// The command line alone has about 4 KiB.
constexpr std::uint64_t kQemuTail = std::uint64_t{64} << 10;
/// A panic is followed by registers and a trace of each CPU.
constexpr std::uint64_t kPanicTail = std::uint64_t{256} << 10;
constexpr std::size_t kMaxPanic = 300;

UniqueFd openLog(const std::string& path, int mode) {
    return UniqueFd(::open(path.c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

std::string readTail(int fd, std::uint64_t limit) {
    const auto size = fileSize(fd);
    std::string bytes(std::min(size, limit), '\0');
    const auto got = ::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(size - bytes.size()));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    // Drop the first line, of which the start may be missing.
    if (size > limit) bytes.erase(0, bytes.find('\n') == std::string::npos ? 0 : bytes.find('\n') + 1);
    return bytes;
}

std::vector<std::string> tailLines(const std::string& path, std::uint64_t limit) {
    std::vector<std::string> lines;
    const auto fd = openLog(path, O_RDONLY);
    if (!fd) return lines;
    const auto bytes = readTail(fd.get(), limit);
    for (std::size_t at = 0; at < bytes.size();) {
        const auto end = std::min(bytes.find('\n', at), bytes.size());
        auto line = bytes.substr(at, end - at);
        while (!line.empty() && line.back() == '\r')
            line.pop_back();
        if (!line.empty()) lines.push_back(std::move(line));
        at = end + 1;
    }
    return lines;
}

/// The last of the lines, escaped, as many as kConsoleTail holds.
std::string lastLines(const std::vector<std::string>& lines) {
    std::string result;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        const auto text = escapedStart(*line, kConsoleTail - 1) + "\n";
        if (result.size() + text.size() > kConsoleTail) break;
        result.insert(0, text);
    }
    return result;
}

} // namespace

std::string consoleTail(const std::string& path) {
    return lastLines(tailLines(path, kConsoleTail));
}

std::string qemuWords(const std::string& path) {
    std::vector<std::string> words;
    bool inCommand = false;
    for (const auto& line : tailLines(path, kQemuTail)) {
        const bool command = inCommand || line.find(": starting up libvirt version") != std::string::npos;
        inCommand = line.back() == '\\' || (command && !inCommand);
        if (!command && line.find(" is tainted: ") == std::string::npos) words.push_back(line);
    }
    return lastLines(words);
}

std::string barred(std::string_view lines) {
    std::string result;
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        result += "\n  | ";
        result += lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return result;
}

std::string panicIn(std::string_view console) {
    const auto from = console.rfind("Kernel panic - ");
    if (from == std::string_view::npos) return {};
    const auto line = console.substr(from, console.find('\n', from) - from);
    return escapedStart(line.substr(0, line.find(" ]---")), kMaxPanic);
}

std::string panicInLog(const std::string& path) {
    const auto lines = tailLines(path, kPanicTail);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (auto panic = panicIn(*line); !panic.empty()) return panic;
    }
    return {};
}

void boundConsole(const std::string& path, std::uint64_t most) noexcept {
    const auto fd = openLog(path, O_RDWR | O_APPEND);
    if (!fd || fileSize(fd.get()) <= most) return;
    std::string tail(kConsoleTail, '\0');
    const auto from = static_cast<off_t>(fileSize(fd.get()) - kConsoleTail);
    const auto got = ::pread(fd.get(), tail.data(), tail.size(), from);
    if (::ftruncate(fd.get(), 0) != 0 || got <= 0) return;
    [[maybe_unused]] const auto written = ::write(fd.get(), tail.data(), static_cast<std::size_t>(got));
}

} // namespace rootlayer::vm
