#include "guest-agent/assemble/acl_lower.hh"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <map>
#include <set>
#include <string>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utility>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"
#include "guest-agent/base/root_path.hh"
#include "layer/acl.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

namespace {

constexpr std::size_t kMaxXattr = 65536; // XATTR_SIZE_MAX, XATTR_LIST_MAX

/// Empty if there is no such name, or if a symlink is on the way.
UniqueFd openBelow(int top, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_NOFOLLOW | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return UniqueFd(
        static_cast<int>(::syscall(SYS_openat2, top, path.empty() ? "." : path.c_str(), &how, sizeof how)));
}

[[noreturn]] void refuse(const char* what, std::string_view path) {
    throw systemError(fmt::format("cannot {} {} of the base", what, quote(path)));
}

struct stat statusOf(int fd, std::string_view path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) refuse("look at", path);
    return status;
}

void copyXattrs(const std::string& from, const std::string& to, std::string_view path) {
    std::string names(kMaxXattr, '\0');
    const auto size = ::listxattr(from.c_str(), names.data(), names.size());
    if (size < 0 && errno == ENOTSUP) return;
    if (size < 0) refuse("list the extended attributes of", path);
    std::string value(kMaxXattr, '\0');
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
        const std::string name = names.c_str() + at;
        at += name.size() + 1;
        if (name.starts_with("trusted.overlay.")) continue;
        const auto got = ::getxattr(from.c_str(), name.c_str(), value.data(), value.size());
        if (got < 0 ||
            ::setxattr(to.c_str(), name.c_str(), value.data(), static_cast<std::size_t>(got), 0) != 0)
            refuse("copy an extended attribute of", path);
    }
}

class AclLower final {
  public:
    AclLower(int base, int top) : m_base(base), m_top(top) {}

    void add(const layer::AclItem& item) {
        const UniqueFd source = openBelow(m_base, item.path, O_PATH);
        if (!source) return;
        const auto status = statusOf(source.get(), item.path);
        if (S_ISLNK(status.st_mode)) return;
        for (auto slash = item.path.find('/'); slash != std::string::npos;
             slash = item.path.find('/', slash + 1))
            addDirectory(item.path.substr(0, slash));
        if (S_ISDIR(status.st_mode)) {
            addDirectory(item.path);
        } else if (!linked(item.path, status)) {
            addFile(source.get(), item.path, status);
        }
        m_acls[item.path] = &item;
    }

    /// Contents before their directory: a default ACL would be inherited, and times would change.
    void finish(protocol::Tally& failed) {
        addDirectory("");
        for (auto made = m_made.rbegin(); made != m_made.rend(); ++made) {
            const UniqueFd from = openBelow(m_base, *made, O_PATH);
            const UniqueFd to = openBelow(m_top, *made, O_PATH);
            if (!from || !to) refuse("find", *made);
            const auto acl = m_acls.find(*made);
            if (acl != m_acls.end() && !setAcls(to.get(), *acl->second)) failed.add(*made);
            copyMetadata(from.get(), to.get(), *made);
        }
    }

  private:
    void addDirectory(const std::string& path) {
        if (!m_directories.insert(path).second) return;
        if (!path.empty() && ::mkdirat(m_top, path.c_str(), 0700) != 0) refuse("copy", path);
        m_made.push_back(path);
    }

    /// Is it a hard link to a file that was copied before?
    bool linked(const std::string& path, const struct stat& status) {
        if (status.st_nlink < 2) return false;
        const auto [known, first] = m_files.try_emplace({status.st_dev, status.st_ino}, path);
        if (first) return false;
        if (::linkat(m_top, known->second.c_str(), m_top, path.c_str(), 0) != 0) refuse("link", path);
        return true;
    }

    void addFile(int source, const std::string& path, const struct stat& status) {
        const mode_t type = status.st_mode & S_IFMT;
        if (::mknodat(m_top, path.c_str(), type | 0600, type == S_IFREG ? 0 : status.st_rdev) != 0)
            refuse("copy", path);
        if (type == S_IFREG && status.st_size > 0) copyContent(source, path);
        m_made.push_back(path);
    }

    void copyContent(int source, const std::string& path) {
        const UniqueFd from(::open(descriptorPath(source).c_str(), O_RDONLY | O_CLOEXEC));
        const UniqueFd to = openBelow(m_top, path, O_WRONLY);
        if (!from || !to) refuse("copy", path);
        for (;;) {
            const auto got = ::sendfile(to.get(), from.get(), nullptr, std::size_t{1} << 20);
            if (got < 0) refuse("copy", path);
            if (got == 0) return;
        }
    }

    static bool setAcls(int to, const layer::AclItem& item) {
        const auto path = descriptorPath(to);
        const auto set = [&](const char* name, const std::string& value) {
            return value.empty() || ::setxattr(path.c_str(), name, value.data(), value.size(), 0) == 0;
        };
        const bool access = set(layer::kAccessAcl, item.access);
        return set(layer::kDefaultAcl, item.defaults) && access;
    }

    int m_base;
    int m_top;
    std::vector<std::string> m_made; ///< what was created, each after its directory
    std::set<std::string> m_directories;
    std::map<std::pair<dev_t, ino_t>, std::string> m_files;
    std::map<std::string, const layer::AclItem*> m_acls;
};

} // namespace

void copyMetadata(int from, int to, std::string_view path) {
    const auto status = statusOf(from, path);
    const auto target = descriptorPath(to);
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    // The order matters: chown(2) removes capabilities and set-id bits, and an ACL is part of the mode.
    if (::chown(target.c_str(), status.st_uid, status.st_gid) != 0) refuse("copy the owner of", path);
    copyXattrs(descriptorPath(from), target, path);
    if (::chmod(target.c_str(), status.st_mode & 07777) != 0) refuse("copy the mode of", path);
    if (::utimensat(AT_FDCWD, target.c_str(), times.data(), 0) != 0) refuse("copy the time of", path);
}

void makeAclLower(int base, int top, const std::vector<layer::AclItem>& items,
                  const std::function<void(std::string_view)>& warn) {
    AclLower lower(base, top);
    for (const auto& item : items)
        lower.add(item);
    protocol::Tally failed;
    lower.finish(failed);
    if (failed.count == 0) return;
    warn(fmt::format(
        "the kernel rejects {} of the base's POSIX ACLs, such as that of {}; the script does not see them",
        failed.count, quote(failed.first)));
}

} // namespace rootlayer::guest
