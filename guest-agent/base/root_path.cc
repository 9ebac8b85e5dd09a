#include "guest-agent/base/root_path.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

std::optional<struct stat> regularFile(const std::optional<UniqueFd>& fd) {
    struct stat status {};
    if (!fd || ::fstat(fd->get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return status;
}

} // namespace

std::optional<UniqueFd> openInRoot(int root, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    UniqueFd fd;
    do {
        fd = UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
        // EAGAIN: something was renamed or mounted anywhere while a ".." was resolved.
    } while (!fd && (errno == EAGAIN || errno == EINTR));
    if (fd) return fd;
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENAMETOOLONG) return std::nullopt;
    throw systemError(fmt::format("cannot open {} of the root", quote(path)));
}

std::optional<std::string> readInRoot(int root, const std::string& path, std::uint64_t limit) {
    // Checked before it is opened for reading: opening a fifo blocks, and opening a device has side effects.
    const auto seen = openInRoot(root, path, O_PATH);
    if (!regularFile(seen)) return std::nullopt;
    const UniqueFd fd(::open(descriptorPath(seen->get()).c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot read {} of the root", quote(path)));
    FdSource source(fd.get(), quote(path));
    return readAll(source, limit, quote(path));
}

bool isProgramInRoot(int root, const std::string& path) {
    const auto status = regularFile(openInRoot(root, path, O_PATH));
    return status && (status->st_mode & 0111) != 0;
}

std::string describeInRoot(int root, const std::string& name) {
    struct stat status {};
    if (::fstatat(root, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return fmt::format("/{} is missing", name);
    if (S_ISDIR(status.st_mode)) return fmt::format("/{} is a directory", name);
    if (!S_ISLNK(status.st_mode)) return fmt::format("/{} is not a directory", name);
    std::array<char, 4096> target{};
    const auto size = ::readlinkat(root, name.c_str(), target.data(), target.size());
    const std::string_view shown(target.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return fmt::format("/{} is a symbolic link to {}", name, quote(shown.substr(0, 200)));
}

std::string descriptorPath(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

} // namespace rootlayer::guest
