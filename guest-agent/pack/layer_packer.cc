#include "guest-agent/pack/layer_packer.hh"

#include <algorithm>
#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <vector>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "guest-agent/base/directory.hh"
#include "guest-agent/base/inode.hh"
#include "guest-agent/base/xattrs.hh"
#include "guest-agent/pack/file_content.hh"
#include "guest-agent/pack/file_extents.hh"
#include "guest-agent/pack/pack_times.hh"
#include "layer/acl.hh"
#include "layer/hard_link.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"
#include "protocol/hints.hh"

// Upper and lower are walked side by side, depth first, with names sorted. In each directory the whiteouts
// come first: one for each name that upper marks as removed, and, if upper hides the lower directory
// (opaque), one for each name that only lower has. A layer has no opaque markers (W6), so everything below an
// opaque directory is hidden by name too, at any depth.
//
// A directory is written if it differs from lower's, or if something below it is written: until then its
// entry waits in m_waiting. So a change adds the entries of all its parents (W3), and a directory in which
// something was created and removed again adds nothing (W14).
//
//     lower        upper                  layer
//     d/old        d/old (whiteout)       d
//     e/x          e/x (as before)        d/.wh.old
//
// Here d is written because of the whiteout below it; e waits and is dropped.

namespace rootlayer::guest {

namespace {

// From this size on it is cheaper to write a file to the disk and let the host read it than to send it.
constexpr std::uint64_t kMinRange = std::uint64_t{256} << 10;

/// A directory during the walk.
struct Level {
    int upper = -1;
    int lower = -1; ///< -1: lower has no such directory
    bool opaque = false;
    std::string path; ///< "" at the top
};

std::string join(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
}

bool sameTime(const Inode& a, const Inode& b) {
    return a.status.st_mtim.tv_sec == b.status.st_mtim.tv_sec &&
           a.status.st_mtim.tv_nsec == b.status.st_mtim.tv_nsec;
}

class Packer final {
  public:
    Packer(const PackTimes& times, layer::TarWriter& writer, const PackEvents& events)
        : m_times(times), m_writer(writer), m_events(events) {}

    PackLosses pack(int upper, int lower) {
        const auto top = readInode(upper, ".", DT_DIR, "/");
        const auto base = readInode(lower, ".", DT_DIR, "/");
        if (!top || !base) throw Error(ErrorCode::Internal, "the upper or the lower directory is missing");
        m_acls = layer::InheritedAcls(layer::hasDefaultAcl(toEntry(top->inode, {})));
        check(top->inode, "/");
        checkFlags(upper, top->inode, "/");
        // The root directory has no entry (W8).
        if (!sameMetadata(top->inode, base->inode)) {
            m_events.warn(
                "the mode, owner or attributes of the root directory were changed; no layer can hold that");
        }
        walk({upper, lower, false, ""}); // overlayfs has no opaque root
        return m_losses;
    }

  private:
    void walk(const Level& level) {
        const auto names = listDirectory(level.upper, level.path);
        const auto gone = putRemoved(level, names);
        for (std::size_t at = 0; at < names.size(); ++at) {
            if (gone[at]) continue;
            m_events.tick();
            child(level, std::string(names.name(at)), knownKind(level, names, at));
        }
    }

    /// Not every file system returns the type with the name.
    static unsigned char knownKind(const Level& level, const DirectoryNames& names, std::size_t at) {
        if (names.kind(at) != DT_UNKNOWN) return names.kind(at);
        struct stat status {};
        const std::string name(names.name(at));
        if (::fstatat(level.upper, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
        return IFTODT(status.st_mode);
    }

    /// Writes the whiteouts of a directory. Returns which names have no entry of their own (whiteouts and
    /// sockets).
    std::vector<bool> putRemoved(const Level& level, const DirectoryNames& names) {
        DirectoryNames removed;
        auto gone = sortOut(level, names, removed);
        if (level.opaque && level.lower >= 0) addHidden(level, names, removed);
        removed.sort();
        for (std::size_t at = 0; at < removed.size(); ++at) {
            m_events.tick();
            putWhiteout(join(level.path, std::string(removed.name(at))));
        }
        return gone;
    }

    std::vector<bool> sortOut(const Level& level, const DirectoryNames& names, DirectoryNames& removed) {
        std::vector<bool> gone(names.size());
        for (std::size_t at = 0; at < names.size(); ++at) {
            const std::string name(names.name(at));
            const std::string path = join(level.path, name);
            const mode_t type = typeOf(level, name, names.kind(at), path);
            gone[at] = type == 0 || type == S_IFSOCK;
            if (!gone[at]) continue;
            if (type == S_IFSOCK)
                m_events.warn(fmt::format("{} is a socket; it is not in the layer", quote(path)));
            // In both cases lower's file of this name is gone.
            if (level.lower >= 0 && hasName(level.lower, name, path)) removed.add(name, DT_UNKNOWN);
        }
        return gone;
    }

    /// The file type, as precise as needed here; 0 for a whiteout.
    static mode_t typeOf(const Level& level, const std::string& name, unsigned char kind,
                         const std::string& path) {
        if (kind != DT_CHR && kind != DT_SOCK && kind != DT_UNKNOWN) return S_IFREG;
        struct stat status {};
        if (::fstatat(level.upper, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            throw systemError(fmt::format("cannot look at {}", quote(path)));
        }
        return isWhiteout(status) ? 0 : status.st_mode & S_IFMT;
    }

    /// Adds the names that only lower has.
    static void addHidden(const Level& level, const DirectoryNames& names, DirectoryNames& removed) {
        const auto hidden = listDirectory(level.lower, level.path);
        for (std::size_t at = 0; at < hidden.size(); ++at) {
            const std::string name(hidden.name(at));
            if (names.contains(name)) continue;
            // If only one lower layer has a directory, it is listed with its whiteouts.
            if (hasName(level.lower, name, join(level.path, name))) removed.add(name, DT_UNKNOWN);
        }
    }

    void child(const Level& level, const std::string& name, unsigned char kind) {
        std::string path = join(level.path, name);
        if (path.size() > layer::kMaxPath) {
            throw Error(ErrorCode::Layer, fmt::format("the path {}... has more than {} bytes",
                                                      quote(path.substr(0, 60)), layer::kMaxPath));
        }
        if (layer::isWhiteoutName(name)) {
            throw Error(
                ErrorCode::Layer,
                fmt::format("the script made {}, whose name would be a deletion in an image", quote(path)),
                protocol::kHintWhiteout);
        }
        const auto upper = readInode(level.upper, name, kind, path);
        if (!upper)
            throw Error(ErrorCode::Internal, fmt::format("{} disappeared while it was packed", quote(path)));
        check(upper->inode, path);
        checkFlags(upper->fd.get(), upper->inode, path);
        const auto lower = level.lower >= 0 ? readInode(level.lower, name, DT_UNKNOWN, path) : std::nullopt;
        if (upper->inode.isDirectory()) {
            directory(level, name, std::move(path), *upper, lower);
        } else if (!lower || !isSame(level, name, path, upper->inode, lower->inode)) {
            if (!upper->inode.foreign.empty()) m_losses.attributes.add(path);
            put(std::move(path), *upper, lower);
        } else if (upper->inode.foreign != lower->inode.foreign) {
            m_losses.attributes.add(path);
        }
    }

    void check(const Inode& inode, const std::string& path) const {
        if (!inode.faults.empty()) {
            throw Error(ErrorCode::Layer,
                        fmt::format("{} has the attribute {}, which a layer cannot express", quote(path),
                                    quote(inode.faults.front())),
                        protocol::kHintOverlay);
        }
        for (const auto& reason : inode.dropped)
            m_events.warn(fmt::format("{}: {}", quote(path), reason));
    }

    /// Those of overlayfs's own are found by check().
    void checkFlags(int file, const Inode& inode, const std::string& path) const {
        struct statx status {};
        const bool canHave = S_ISREG(inode.status.st_mode) || S_ISDIR(inode.status.st_mode);
        if (!m_events.flags || !canHave || ::statx(file, "", AT_EMPTY_PATH, 0, &status) != 0) return;
        if ((status.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0)
            m_events.warn(fmt::format("{}: {}", quote(path), kFlagsDropped));
    }

    void directory(const Level& level, const std::string& name, std::string path, const OpenInode& upper,
                   const std::optional<OpenInode>& lower) {
        const Inode& inode = upper.inode;
        const bool merged = lower && lower->inode.isDirectory();
        const UniqueFd lowerFd = merged ? openDirectory(level.lower, name, path) : UniqueFd();
        const auto place = m_waiting.size();
        m_waiting.push_back(timedEntry(inode, path, lower));
        if (!merged || !sameMetadata(inode, lower->inode)) putParents();
        walk({upper.fd.get(), lowerFd.get(), level.opaque || inode.opaque, path});
        const bool written = m_written > place;
        if (written ? !inode.foreign.empty() : inode.foreign != lower->inode.foreign)
            m_losses.attributes.add(path);
        if (!written && !sameTime(inode, lower->inode)) m_losses.times.add(path);
        m_waiting.pop_back();
        m_written = std::min(m_written, m_waiting.size());
    }

    /// Did the script leave this file unchanged (W13)? Files with several hard links count as changed: they
    /// cannot be dropped one by one.
    bool isSame(const Level& level, const std::string& name, const std::string& path, const Inode& upper,
                const Inode& lower) {
        if (upper.status.st_nlink != 1 || lower.status.st_nlink != 1) return false;
        if (!sameMetadata(upper, lower) || !sameTime(upper, lower)) return false;
        if (!S_ISREG(upper.status.st_mode)) return true;
        if (upper.status.st_size != lower.status.st_size) return false;
        // If the time is a whole number of seconds, an equal time proves nothing: `touch -r`, tar and cp -p
        // set it.
        if (upper.status.st_mtim.tv_nsec != 0) return true;
        return m_content.same(level.upper, level.lower, name, path,
                              static_cast<std::uint64_t>(upper.status.st_size));
    }

    layer::Entry timedEntry(const Inode& upper, std::string path,
                            const std::optional<OpenInode>& lower) const {
        auto entry = toEntry(upper, std::move(path));
        entry.mtime = packedTime(entry.mtime, lower && sameTime(upper, lower->inode), m_times);
        return entry;
    }

    void put(std::string path, const OpenInode& upper, const std::optional<OpenInode>& lower) {
        const Inode& inode = upper.inode;
        putParents();
        layer::Entry entry = timedEntry(inode, std::move(path), lower);
        if (inode.status.st_nlink > 1 && becomeLink(entry, inode)) return m_writer.add(entry);
        if (m_acls.complete(entry) && inode.status.st_nlink > 1) rememberAcl(inode);
        m_writer.add(entry);
        if (entry.type != layer::EntryType::File) return;
        putContent(upper.fd.get(), entry);
    }

    void putContent(int file, const layer::Entry& entry) {
        const auto send = [&](std::string_view bytes) {
            m_writer.data(bytes);
            m_events.tick();
        };
        if (!m_events.range || entry.size < kMinRange) {
            m_content.read(file, entry.path, 0, entry.size, send);
            return;
        }
        const auto refer = [&](const protocol::Range& range) {
            m_writer.dataElsewhere(range.size);
            m_events.range(range);
        };
        const auto hole = [&](std::uint64_t size) { refer({protocol::Range::kZeros, size}); };
        const auto take = [&](const FileExtent& extent) {
            if (extent.disk) return refer({*extent.disk, extent.size});
            if (!m_events.zeros) return m_content.read(file, entry.path, extent.at, extent.size, send);
            m_content.readSparse(file, entry.path, extent.at, extent.size, send, hole);
        };
        forEachExtent(file, entry.path, entry.size, take, m_events.tick);
    }

    /// Turns the entry into a hard link unless it is the first name of its inode; returns whether it did. The
    /// inode is remembered until its last name.
    bool becomeLink(layer::Entry& entry, const Inode& inode) {
        const auto [known, first] =
            m_links.try_emplace(inode.status.st_ino, Link{entry.path, entry.mtime, inode.status.st_nlink});
        const bool last = --known->second.left == 0;
        if (!first) {
            layer::becomeHardLink(entry, known->second.path);
            entry.mtime = known->second.mtime; // the base may have only some of the names
            if (known->second.minimalAcl)
                entry.xattrs.emplace(layer::kAccessAcl, layer::minimalAcl(entry.mode));
        }
        if (last) m_links.erase(known);
        return !first;
    }

    /// Later names must have the same ACL (T8).
    void rememberAcl(const Inode& inode) {
        if (const auto known = m_links.find(inode.status.st_ino); known != m_links.end())
            known->second.minimalAcl = true;
    }

    void putWhiteout(const std::string& path) {
        putParents();
        m_writer.add(layer::whiteoutEntry(path));
    }

    void putParents() {
        for (; m_written < m_waiting.size(); ++m_written) {
            m_acls.complete(m_waiting[m_written]);
            m_writer.add(m_waiting[m_written]);
        }
    }

    struct Link {
        std::string path;
        std::int64_t mtime = 0;
        nlink_t left = 0;
        bool minimalAcl = false; ///< its entry has one that the inode does not have
    };

    const PackTimes& m_times;
    layer::TarWriter& m_writer;
    const PackEvents& m_events;
    layer::InheritedAcls m_acls;
    FileContent m_content;
    PackLosses m_losses;
    std::vector<layer::Entry> m_waiting; ///< the directories from the top to the current one
    std::size_t m_written = 0;           ///< how many of them have been written
    std::map<ino_t, Link> m_links;
};

} // namespace

PackLosses packLayer(int upper, int lower, const PackTimes& times, layer::TarWriter& writer,
                     const PackEvents& events) {
    return Packer(times, writer, events).pack(upper, lower);
}

} // namespace rootlayer::guest
