#include "builder/host_tree.hh"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "image/host_xattrs.hh"
#include "layer/hard_link.hh"
#include "layer/inode_entry.hh"

namespace rootlayer::builder {

namespace {

struct CloseDir {
    void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Opens the directory at a path below `root`; with `inside`, only if no link on the way leads out of it.
UniqueFd openBelow(int root, const std::string& path, bool inside) {
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = inside ? RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS : 0;
    int fd = -1;
    do { // EAGAIN: something was renamed meanwhile
        fd = static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
    } while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    return UniqueFd(fd);
}

std::string below(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

layer::Entry entryOf(const struct stat& status) {
    auto entry = layer::entryOf(status);
    entry.mtime = std::max<std::int64_t>(entry.mtime, 0);
    return entry;
}

} // namespace

HostTree::HostTree(const std::string& source, DirectoryLinks links, HostFiles& files, CancelToken cancel)
    : m_source(source), m_links(links), m_files(files), m_cancel(std::move(cancel)), m_user(::geteuid()) {
    Item item{.name = source};
    if (::stat(source.c_str(), &item.status) != 0) fail("", errno);
    m_top = entryOf(item.status);
    if (S_ISDIR(item.status.st_mode)) {
        m_root = UniqueFd(::open(source.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!m_root) fail("", errno);
        m_top->mode = 0755; // its own is often an accident: 0700 of a temporary directory
        m_files.addSource(UniqueFd(::fcntl(m_root.get(), F_DUPFD_CLOEXEC, 0)), source);
        enter("", item.status);
        return;
    }
    m_top->path = "file";
    m_files.addSource({}, source);
    m_files.addDirectory("");
    if (!readable(AT_FDCWD, item)) m_files.addUnreadable(source);
    if (const int error = addXattrs(source, "", *m_top); error != 0) fail("", error);
    m_file = m_files.add(source, item.status);
}

const layer::Entry* HostTree::next() {
    if (m_top) {
        m_entry = std::move(*m_top);
        m_top.reset();
        return &m_entry;
    }
    while (!m_levels.empty() && m_levels.back().next == m_levels.back().items.size())
        m_levels.pop_back();
    if (m_levels.empty()) return nullptr;
    auto& level = m_levels.back();
    Item item = std::move(level.items[level.next++]);
    m_entry = std::move(item.entry);
    m_entry.path = below(level.path, item.name);
    m_file = item.file;
    linkToEarlier(item, m_entry);
    if (m_entry.type == layer::EntryType::Directory) enter(m_entry.path, item.status); // ends `level`
    return &m_entry;
}

/// All at once, so that no directory stays open while those below it are walked.
void HostTree::enter(const std::string& path, const struct stat& status) {
    m_cancel.check();
    Level level{path, {status.st_dev, status.st_ino}, {}};
    m_levels.push_back({path, level.identity, {}}); // for followed(), which looks for cycles
    const UniqueFd directory(
        ::openat(m_root.get(), path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) {
        m_files.addDirectory(path);
        m_levels.back().items = itemsOf(directory.get(), path);
    } else if (errno == EACCES) {
        m_files.addUnreadable(shown(path));
    } else {
        fail(path, errno);
    }
}

std::vector<HostTree::Item> HostTree::itemsOf(int directory, const std::string& path) {
    const std::unique_ptr<DIR, CloseDir> list(::fdopendir(::fcntl(directory, F_DUPFD_CLOEXEC, 0)));
    if (!list) fail(path, errno);
    std::vector<Item> items;
    errno = 0;
    while (const dirent* found = ::readdir(list.get())) {
        const std::string_view name = found->d_name;
        if (name != "." && name != "..") items.push_back({.name = std::string(name)});
    }
    if (errno != 0) fail(path, errno);
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.name < b.name; });
    std::erase_if(items, [&](Item& item) { return !describe(directory, path, item); });
    return items;
}

bool HostTree::describe(int directory, const std::string& parent, Item& item) {
    const auto path = below(parent, item.name);
    if (::fstatat(directory, item.name.c_str(), &item.status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != EACCES) fail(path, errno);
        m_files.addUnreadable(shown(path));
        return false;
    }
    if (S_ISSOCK(item.status.st_mode)) {
        m_sockets.push_back(path);
        return false;
    }
    if (S_ISREG(item.status.st_mode) && m_files.leavesOut(item.status)) {
        m_leftOut.push_back(path);
        return false;
    }
    if (S_ISLNK(item.status.st_mode)) {
        describeLink(directory, path, item);
    } else if (S_ISDIR(item.status.st_mode) && item.status.st_dev != m_levels.back().identity.first) {
        throw Error(ErrorCode::Input,
                    fmt::format("{} is a mount point of another file system", quote(shown(path))),
                    "unmount it, use a copy, or name it as contents of its own");
    }
    if (!S_ISLNK(item.status.st_mode)) {
        item.entry = entryOf(item.status);
        const auto file = fmt::format("/proc/self/fd/{}/{}", directory, item.name);
        const int error = addXattrs(file, path, item.entry);
        if (error != 0 && error != EACCES) fail(path, error);
    }
    if (!S_ISREG(item.status.st_mode)) return true;
    if (!readable(directory, item)) m_files.addUnreadable(shown(path));
    item.file = m_files.add(item.name, item.status);
    return true;
}

void HostTree::describeLink(int directory, const std::string& path, Item& item) {
    if (const auto target = followed(directory, path, item)) {
        item.status = *target;
        item.status.st_nlink = 1;
        return;
    }
    std::string target(PATH_MAX, '\0');
    const ssize_t length = ::readlinkat(directory, item.name.c_str(), target.data(), target.size());
    if (length < 0) fail(path, errno);
    item.entry = entryOf(item.status);
    item.entry.mode = 0777;
    item.entry.linkTarget = target.substr(0, static_cast<std::size_t>(length));
}

std::optional<struct stat> HostTree::followed(int directory, const std::string& path, const Item& item) {
    if (m_links == DirectoryLinks::Keep) return std::nullopt;
    struct stat status {};
    if (::fstatat(directory, item.name.c_str(), &status, 0) != 0 || !S_ISDIR(status.st_mode))
        return std::nullopt;
    const bool inside = m_links == DirectoryLinks::Copy;
    const auto fd = openBelow(m_root.get(), path, inside);
    const auto holdsIt = [&](const Level& level) {
        return level.identity == Identity(status.st_dev, status.st_ino);
    };
    if (fd && ::fstat(fd.get(), &status) == 0 && std::none_of(m_levels.begin(), m_levels.end(), holdsIt) &&
        (inside || !isAbove({status.st_dev, status.st_ino}))) {
        return status;
    }
    m_keptLinks.push_back(path);
    return std::nullopt;
}

/// Whether a directory holds the contents.
bool HostTree::isAbove(const Identity& identity) const {
    UniqueFd at(::fcntl(m_root.get(), F_DUPFD_CLOEXEC, 0));
    for (Identity last{};;) {
        UniqueFd parent(::openat(at.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
        struct stat status {};
        if (!parent || ::fstat(parent.get(), &status) != 0) return false;
        const Identity here(status.st_dev, status.st_ino);
        if (here == identity) return true;
        if (here == last) return false; // the root directory
        last = here;
        at = std::move(parent);
    }
}

/// Asks the kernel only about files of others: for a million files that would take seconds.
bool HostTree::readable(int directory, const Item& item) const {
    if (m_user == item.status.st_uid && (item.status.st_mode & S_IRUSR) != 0) return true;
    return ::faccessat(directory, item.name.c_str(), R_OK, AT_EACCESS) == 0 || errno != EACCES;
}

int HostTree::addXattrs(const std::string& file, const std::string& path, layer::Entry& entry) {
    bool lost = false;
    const int error = image::readXattrs(file, entry.xattrs, &lost);
    if (lost) m_withLostXattrs.push_back(path.empty() ? m_source : path);
    return error;
}

bool HostTree::linkToEarlier(const Item& item, layer::Entry& entry) {
    if (item.status.st_nlink < 2 || entry.type == layer::EntryType::Directory) return false;
    const Identity identity(item.status.st_dev, item.status.st_ino);
    const auto [first, inserted] = m_firstNames.emplace(identity, entry.path);
    if (inserted) return false;
    layer::becomeHardLink(entry, first->second);
    return true;
}

std::string HostTree::shown(const std::string& path) const {
    if (path.empty()) return m_source;
    return m_source.ends_with('/') ? m_source + path : m_source + "/" + path;
}

void HostTree::fail(const std::string& path, int number) const {
    throw Error(ErrorCode::Input,
                number == ENOENT && !path.empty()
                    ? fmt::format("{} vanished while it was read", quote(shown(path)))
                    : fmt::format("{} cannot be read: {}", quote(shown(path)), ::strerror(number)),
                path.empty() ? "check the path" : "stop all writers to the directory and try again");
}

} // namespace rootlayer::builder
