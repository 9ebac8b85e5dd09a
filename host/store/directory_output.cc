#include "store/directory_output.hh"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utility>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"
#include "layer/whiteout.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

[[noreturn]] void refuse(const std::string& path, int number, std::string hint) {
    throw Error(ErrorCode::Input,
                fmt::format("cannot create the directory {}: {}", quote(path), ::strerror(number)),
                std::move(hint));
}

bool isNewOrEmpty(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return true;
    std::error_code failed;
    return S_ISDIR(status.st_mode) && std::filesystem::is_empty(path, failed) && !failed;
}

std::array<timespec, 2> timesOf(const Entry& entry) {
    const timespec time{static_cast<time_t>(entry.mtime), 0};
    return {time, time};
}

mode_t kindOf(EntryType type) {
    return type == EntryType::CharDevice ? S_IFCHR : type == EntryType::BlockDevice ? S_IFBLK : S_IFIFO;
}

} // namespace

DirectoryOutput::DirectoryOutput(const std::string& path)
    : m_path(path),
      m_validator(
          {}, [this](const Entry& entry) { onEntry(entry); },
          [this](std::string_view bytes) { FdSink(m_file.get(), quote(m_fileEntry.path)).write(bytes); }) {
    if (::geteuid() != 0) {
        throw Error(ErrorCode::Usage, "only root can create a directory with other users' files",
                    "--output rootfs.tar needs no root");
    }
    while (m_path.size() > 1 && m_path.ends_with('/'))
        m_path.pop_back();
    if (!isNewOrEmpty(m_path)) refuse(m_path, EEXIST, "the directory must be new, or empty");
    m_temporary = fmt::format("{}.{}.partial", m_path, ::getpid());
    if (::mkdir(m_temporary.c_str(), 0700) != 0)
        refuse(std::exchange(m_temporary, {}), errno, "create its parent directory first");
    UniqueFd top(::open(m_temporary.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!top) throw systemError("cannot open " + quote(m_temporary));
    m_open.push_back({{}, std::move(top)});
}

DirectoryOutput::~DirectoryOutput() {
    if (!m_temporary.empty()) removeTree(m_temporary);
}

void DirectoryOutput::commit() {
    m_validator.finish();
    finishFile();
    leaveUpTo("");
    if (::rename(m_temporary.c_str(), m_path.c_str()) != 0)
        refuse(m_path, errno, "the directory must be new, or empty");
    m_temporary.clear();
}

void DirectoryOutput::onEntry(const Entry& entry) {
    finishFile();
    leaveUpTo(layer::parentPath(entry.path));
    make(entry, m_open.back().fd.get(), std::string(layer::baseName(entry.path)));
}

void DirectoryOutput::make(const Entry& entry, int parent, const std::string& name) {
    const auto open = [&](int flags) {
        UniqueFd fd(::openat(parent, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd) fail(entry, "create");
        return fd;
    };
    switch (entry.type) {
    case EntryType::Directory:
        if (::mkdirat(parent, name.c_str(), 0700) != 0) fail(entry, "create");
        m_open.push_back({entry, open(O_RDONLY | O_DIRECTORY)});
        return;
    case EntryType::File:
        m_file = open(O_WRONLY | O_CREAT | O_EXCL);
        m_fileEntry = entry;
        return;
    case EntryType::HardLink:
        // Without AT_SYMLINK_FOLLOW: a hard link to a symlink is another name of the symlink.
        if (::linkat(m_open.front().fd.get(), entry.linkTarget.c_str(), parent, name.c_str(), 0) != 0)
            fail(entry, "link");
        return;
    case EntryType::Symlink:
        if (::symlinkat(entry.linkTarget.c_str(), parent, name.c_str()) != 0) fail(entry, "create");
        break;
    case EntryType::CharDevice:
    case EntryType::BlockDevice:
    case EntryType::Fifo:
        if (::mknodat(parent, name.c_str(), kindOf(entry.type) | 0600U,
                      makedev(entry.devMajor, entry.devMinor)) != 0) {
            fail(entry, "create");
        }
        break;
    }
    setAttributes(entry, parent, name);
}

void DirectoryOutput::finishFile() {
    if (!m_file) return;
    setAttributes(m_fileEntry, m_file.get());
    m_file.reset();
}

// A directory's attributes are set when it is complete: creating names in it changes its time, and its mode
// could forbid that.
void DirectoryOutput::leaveUpTo(std::string_view parent) {
    while (m_open.back().entry.path != parent) {
        setAttributes(m_open.back().entry, m_open.back().fd.get());
        m_open.pop_back();
    }
}

void DirectoryOutput::setAttributes(const Entry& entry, int fd) const {
    const auto times = timesOf(entry);
    // chown(2) clears setuid bits and capabilities, so it comes first.
    if (::fchown(fd, entry.uid, entry.gid) != 0 || ::fchmod(fd, entry.mode) != 0)
        fail(entry, "set the owner of");
    for (const auto& [key, value] : entry.xattrs) {
        if (::fsetxattr(fd, key.c_str(), value.data(), value.size(), 0) != 0)
            fail(entry, "set the attributes of");
    }
    if (::futimens(fd, times.data()) != 0) fail(entry, "set the time of");
}

void DirectoryOutput::setAttributes(const Entry& entry, int parent, const std::string& name) const {
    const auto times = timesOf(entry);
    if (::fchownat(parent, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) != 0)
        fail(entry, "set the owner of");
    // A symlink has no mode. Other names are not links, so fchmodat(2) follows nothing.
    if (entry.type != EntryType::Symlink && ::fchmodat(parent, name.c_str(), entry.mode, 0) != 0)
        fail(entry, "set the mode of");
    const auto path = fmt::format("/proc/self/fd/{}/{}", parent, name);
    for (const auto& [key, value] : entry.xattrs) {
        if (::lsetxattr(path.c_str(), key.c_str(), value.data(), value.size(), 0) != 0)
            fail(entry, "set the attributes of");
    }
    if (::utimensat(parent, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
        fail(entry, "set the time of");
}

void DirectoryOutput::fail(const Entry& entry, std::string_view what) const {
    throw systemError(fmt::format("cannot {} {} in {}", what, quote(entry.path), quote(m_path)));
}

} // namespace rootlayer::store
