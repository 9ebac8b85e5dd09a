#include "image/directory_entry.hh"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/syscall.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "image/host_xattrs.hh"
#include "layer/inode_entry.hh"

namespace rootlayer::image {

namespace {

struct CloseDir {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

} // namespace

DirectoryEntry::DirectoryEntry(int directory, const std::string& path, std::string name)
    : m_name(std::move(name)) {
    open_how how{};
    how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    // O_NOFOLLOW with O_PATH: otherwise RESOLVE_NO_SYMLINKS would also refuse a symlink as the last
    // component.
    m_fd = UniqueFd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
    if (!m_fd) fail("open", errno);
    if (::fstat(m_fd.get(), &m_status) != 0) fail("stat", errno);
}

layer::Entry DirectoryEntry::describe() const {
    layer::Entry entry = layer::entryOf(m_status);
    entry.mtime = std::max<std::int64_t>(entry.mtime, 0);
    if (entry.type == layer::EntryType::Symlink) {
        entry.mode = 0777;
        entry.linkTarget = linkTarget();
    } else {
        entry.xattrs = xattrs();
    }
    return entry;
}

// An O_PATH descriptor can be reopened, and its attributes read, only through its name in /proc.
std::string DirectoryEntry::throughProc() const {
    return fmt::format("/proc/self/fd/{}", m_fd.get());
}

UniqueFd DirectoryEntry::openForReading() const {
    UniqueFd fd(::open(throughProc().c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) fail("read", errno);
    return fd;
}

std::vector<std::string> DirectoryEntry::names() const {
    UniqueFd fd = openForReading();
    const std::unique_ptr<DIR, CloseDir> directory(::fdopendir(fd.get()));
    if (!directory) fail("read", errno);
    fd.release();
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) fail("read", errno);
    std::sort(names.begin(), names.end());
    return names;
}

std::string DirectoryEntry::linkTarget() const {
    std::string target(PATH_MAX, '\0');
    const ssize_t length = ::readlinkat(m_fd.get(), "", target.data(), target.size());
    if (length < 0) fail("read", errno);
    target.resize(static_cast<std::size_t>(length));
    return target;
}

std::map<std::string, std::string> DirectoryEntry::xattrs() const {
    std::map<std::string, std::string> result;
    if (const int error = readXattrs(throughProc(), result); error != 0)
        fail("read the attributes of", error);
    return result;
}

void DirectoryEntry::fail(const char* what, int number) const {
    const bool denied = number == EACCES || number == EPERM;
    throw Error(ErrorCode::Input, fmt::format("cannot {} {}: {}", what, m_name, ::strerror(number)),
                denied
                    ? "run as root to read a root file system, or create a tar of it as root and use tar:FILE"
                    : "");
}

} // namespace rootlayer::image
