#include "guest-agent/script/gauges.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <string_view>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

namespace {

/// The number after a name at the start of a line of a /proc file; 0 if there is none: missing figures are
/// not an error.
std::uint64_t numberIn(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        if (at != 0 && text[at - 1] != '\n') continue;
        const auto digit = text.find_first_of("0123456789", at + name.size());
        std::uint64_t number = 0;
        if (digit != std::string_view::npos)
            std::from_chars(text.data() + digit, text.data() + text.size(), number);
        return number;
    }
    return 0;
}

std::string_view contentOf(const char* path, std::array<char, 16384>& buffer) {
    const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
    const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

std::uint64_t oomKillsSinceBoot() {
    std::array<char, 16384> buffer;
    return numberIn(contentOf("/proc/vmstat", buffer), "oom_kill ");
}

} // namespace

Gauges::Gauges(const char* scratch) : m_scratch(scratch), m_oomBefore(oomKillsSinceBoot()) {
    sample();
}

void Gauges::sample() {
    std::array<char, 16384> buffer;
    const auto text = contentOf("/proc/meminfo", buffer);
    const std::uint64_t total = numberIn(text, "MemTotal:");
    const std::uint64_t available = numberIn(text, "MemAvailable:");
    m_peakMemory = std::max(m_peakMemory, (total - std::min(total, available)) * 1024);
    struct statvfs disk {};
    if (::statvfs(m_scratch, &disk) != 0) return;
    // The script may have overwritten the file system's figures.
    const std::uint64_t used = disk.f_blocks - std::min(disk.f_blocks, disk.f_bfree);
    m_peakDisk = std::max<std::uint64_t>(m_peakDisk, used * disk.f_frsize);
    m_freeDisk = disk.f_bavail * disk.f_frsize;
    if (disk.f_files != 0) m_freeInodes = disk.f_favail; // 0: a file system that does not count them
}

std::uint64_t Gauges::oomKills() const {
    const std::uint64_t now = oomKillsSinceBoot();
    return now - std::min(now, m_oomBefore);
}

} // namespace rootlayer::guest
