#include "guest-agent/hosts_file.hh"

#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/stream.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/mounting.hh"
#include "guest-agent/root_path.hh"

namespace rootlayer::guest {

namespace {

constexpr const char* kHosts = "etc/hosts";
constexpr std::uint64_t kMostHosts = 4096;

bool wantsHosts(const std::string& base) {
    struct stat status {};
    return ::lstat((base + "/etc").c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           ::lstat((base + "/etc/passwd").c_str(), &status) == 0 &&
           ::lstat((base + "/etc/hosts").c_str(), &status) != 0;
}

std::string hostsText() {
    utsname names{};
    ::uname(&names);
    return fmt::format("127.0.0.1\tlocalhost {}\n::1\tlocalhost ip6-localhost ip6-loopback\n",
                       names.nodename);
}

bool isAlike(int upper, int lower) {
    struct stat changed {};
    struct stat made {};
    if (::fstatat(upper, kHosts, &changed, AT_SYMLINK_NOFOLLOW) != 0 ||
        ::fstatat(lower, kHosts, &made, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    return changed.st_mode == made.st_mode && changed.st_uid == made.st_uid &&
           changed.st_gid == made.st_gid && changed.st_size == made.st_size && changed.st_nlink == 1 &&
           readInRoot(upper, kHosts, kMostHosts) == readInRoot(lower, kHosts, kMostHosts);
}

} // namespace

bool offerHosts(const std::string& base, const std::string& lower) {
    if (!wantsHosts(base)) return false;
    makeFolder(lower + "/etc");
    const auto path = fmt::format("{}/{}", lower, kHosts);
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file) throw systemError("cannot make the script's /etc/hosts");
    FdSink(file.get(), "the script's /etc/hosts").write(hostsText());
    // The clock is no input.
    const std::array<timespec, 2> times{{{1, 0}, {1, 0}}};
    if (::futimens(file.get(), times.data()) != 0) throw systemError("cannot date the script's /etc/hosts");
    return true;
}

void withdrawHosts(int upper, int lower) {
    if (isAlike(upper, lower) && ::unlinkat(upper, kHosts, 0) != 0)
        throw systemError("cannot remove rootlayer's own /etc/hosts");
}

} // namespace rootlayer::guest
