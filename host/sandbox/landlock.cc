#include "sandbox/landlock.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::sandbox {

namespace {

// linux/landlock.h, which is older than the kernel in Debian 12. Numbered by the rights' bits.
constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}
constexpr std::uint64_t kExecute = bit(0);
constexpr std::uint64_t kWriteFile = bit(1);
constexpr std::uint64_t kReadFile = bit(2);
constexpr std::uint64_t kReadDirectory = bit(3);
constexpr std::uint64_t kMakeDevices = bit(6) | bit(11);
constexpr std::uint64_t kTruncate = bit(14);
constexpr std::uint64_t kDeviceIoctl = bit(15);
constexpr std::uint64_t kOfFiles = kExecute | kWriteFile | kReadFile | kTruncate | kDeviceIoctl;

constexpr unsigned kVersionFlag = 1;
constexpr int kPathRule = 1;

struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;
    std::uint64_t scoped;
};

struct __attribute__((packed)) PathRule {
    std::uint64_t allowed;
    std::int32_t parent;
};

/// All rights that the version knows.
std::uint64_t filesOf(int level) {
    if (level >= 5) return bit(16) - 1;
    if (level >= 3) return bit(15) - 1;
    if (level >= 2) return bit(14) - 1;
    return bit(13) - 1;
}

std::uint64_t rightsOf(Access access) {
    constexpr auto read = kExecute | kReadFile | kReadDirectory;
    switch (access) {
    case Access::Read:
        return read;
    case Access::Write:
        return read | kWriteFile | kTruncate | kDeviceIoctl;
    case Access::Change:
        return ~(kDeviceIoctl | kMakeDevices);
    }
    return 0;
}

UniqueFd createRuleset(int level, Landlock::Scope scope) {
    constexpr std::uint64_t kBindAndConnect = 3;
    constexpr std::uint64_t kAbstractSockets = 1;
    constexpr std::uint64_t kSignals = 2;
    RulesetAttributes attributes{filesOf(level), 0, 0};
    std::size_t size = sizeof attributes.files;
    if (level >= 4) {
        attributes.network = scope == Landlock::Scope::Network ? 0 : kBindAndConnect;
        size += sizeof attributes.network;
    }
    if (level >= 6) {
        attributes.scoped = kAbstractSockets | (scope == Landlock::Scope::Thread ? 0 : kSignals);
        size += sizeof attributes.scoped;
    }
    return UniqueFd(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
}

} // namespace

int Landlock::level() noexcept {
    return std::max(0, static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag)));
}

Landlock::Landlock(Scope scope) : m_level(level()) {
    if (m_level == 0) return;
    m_ruleset = createRuleset(m_level, scope);
    if (!m_ruleset) throw systemError("cannot restrict access to files");
}

void Landlock::allow(const std::string& path, Access access) {
    if (!m_ruleset) return;
    const UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return;
    auto allowed = rightsOf(access) & filesOf(m_level);
    if (!S_ISDIR(status.st_mode)) allowed &= kOfFiles;
    const PathRule rule{allowed, fd.get()};
    if (::syscall(SYS_landlock_add_rule, m_ruleset.get(), kPathRule, &rule, 0) != 0)
        throw systemError(fmt::format("cannot allow access to {}", quote(path)));
}

int Landlock::enforce() const noexcept {
    if (!m_ruleset) return 0;
    return ::syscall(SYS_landlock_restrict_self, m_ruleset.get(), 0) == 0 ? 0 : errno;
}

} // namespace rootlayer::sandbox
