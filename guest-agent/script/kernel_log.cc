#include "guest-agent/script/kernel_log.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

std::optional<std::string> oomVictim(std::string_view record) {
    // "Memory cgroup out of memory: Killed process 71 (name) total-vm:...". The script chose the name.
    const auto killed = record.find("Killed process ");
    const auto end = record.rfind(") total-vm:");
    if (killed == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
    const auto begin = record.find(" (", killed);
    if (begin == std::string_view::npos || begin + 2 > end) return std::nullopt;
    return std::string(record.substr(begin + 2, end - begin - 2));
}

std::string lastOomVictim() {
    constexpr int mostRecords = 100'000;
    const UniqueFd log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::array<char, 8192> record;
    std::string victim;
    for (int records = 0; log && records < mostRecords; ++records) {
        const ssize_t got = ::read(log.get(), record.data(), record.size());
        if (got < 0 && (errno == EPIPE || errno == EINTR || errno == EINVAL))
            continue; // overwritten meanwhile
        if (got <= 0) break;
        if (auto found = oomVictim({record.data(), static_cast<std::size_t>(got)})) victim = *found;
    }
    return victim;
}

} // namespace rootlayer::guest
