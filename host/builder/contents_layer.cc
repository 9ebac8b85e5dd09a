#include "builder/contents_layer.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/slice.hh"
#include "builder/base_layers.hh"
#include "builder/host_tree.hh"
#include "compress/compression.hh"
#include "image/archive_file.hh"
#include "layer/rules.hh"
#include "layer/whiteout.hh"
#include "tar/entry_path.hh"

namespace rootlayer::builder {

namespace {

using layer::Entry;
using layer::EntryType;

constexpr std::int64_t kDefaultEpoch = 1; // as for files that a script creates
constexpr int kMaxLinks = 40;             // the limit of Linux
constexpr std::uint64_t kMaxSteps = 100'000'000;

struct stat statusOf(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return status;
    throw Error(ErrorCode::Input,
                fmt::format("--contents {} cannot be read: {}", quote(path), ::strerror(errno)),
                "check the path");
}

std::string lastName(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

/// "a/b" and "c" become "a/b/c". Either may be empty.
std::string joined(const std::string& directory, std::string_view name) {
    if (directory.empty()) return std::string(name);
    return name.empty() ? directory : fmt::format("{}/{}", directory, name);
}

std::string canonical(const std::string& path) {
    return tar::joined(tar::entryPath(path));
}

/// Pushes the names of a link's target on the stack of names that are still to be walked.
void pushNames(std::string_view target, std::vector<std::string>& todo) {
    const auto first = todo.size();
    while (!target.empty()) {
        const auto name = target.substr(0, target.find('/'));
        target.remove_prefix(std::min(name.size() + 1, target.size()));
        if (!name.empty() && name != ".") todo.emplace_back(name);
    }
    std::reverse(todo.begin() + static_cast<std::ptrdiff_t>(first), todo.end());
}

void requireDestination(const Contents& contents) {
    const auto& path = contents.destination;
    if (path.empty() || (path[0] == '/' && path.find('\0') == std::string::npos)) return;
    throw Error(ErrorCode::Usage,
                fmt::format("--contents {} has the destination {}, which is not absolute",
                            quote(contents.source), quote(path)),
                "--contents SRC:/DST");
}

/// Throws for whiteout names: in an image they are deletions.
void refuseWhiteouts(const std::string& path) {
    for (const auto name : tar::entryPath(path)) {
        if (!layer::isWhiteoutName(name)) continue;
        throw Error(ErrorCode::Layer,
                    fmt::format("it has {}, which would be a deletion in an image", quote(path)),
                    "rename or remove it");
    }
}

} // namespace

ContentsLayer::ContentsLayer(const std::vector<image::BaseLayer>& base, std::string temporaryDirectory,
                             ContentsTimes times, CancelToken cancel, Observer* observer)
    : m_directory(std::move(temporaryDirectory)), m_times(times), m_cancel(std::move(cancel)),
      m_observer(observer), m_base(nullptr, &m_cancel), m_spool(m_directory), m_files(m_cancel),
      m_tree(&m_spool, &m_cancel, &m_base) {
    for (const auto& layer : base)
        addBaseLayer(m_base, layer, *layer.open(), observer);
}

void ContentsLayer::add(const Contents& contents) {
    requireDestination(contents);
    m_links.clear();
    m_parent.reset();
    m_replaceLinks = contents.replaceLinks;
    m_format = archiveFormatOf(contents);
    const auto place = placeOf(contents);
    const auto edit = [&](Entry& entry) { return this->edit(contents, place, entry); };
    try {
        isArchive() ? addArchive(contents, edit) : addFiles(contents, edit);
    } catch (Error& error) {
        error.addContext(fmt::format("--contents {}", quote(contents.source)));
        throw;
    }
}

void ContentsLayer::addArchive(const Contents& contents, const store::EditEntry& edit) {
    m_archiveEntries = 0;
    const auto end = m_tree.add(*open(contents), {}, edit);
    tar::requireNothingAfter(end);
    // What is left of one that broke off in its first part is in order.
    if (m_archiveEntries == 0 && (m_format == ArchiveFormat::Rpm || m_format == ArchiveFormat::Apk)) {
        throw Error(ErrorCode::Input, "the package has no files",
                    "get it again if it should have some, or leave it out");
    }
    warnOfEnd(end, "--contents " + quote(contents.source), m_observer);
}

void ContentsLayer::addFiles(const Contents& contents, const store::EditEntry& edit) {
    const auto status = statusOf(contents.source);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        throw Error(ErrorCode::Input, "it is neither a file nor a directory",
                    "use a file, a directory or a tarball");
    }
    HostTree files(contents.source, contents.directoryLinks, m_files, m_cancel);
    m_tree.add(files, m_files, edit);
    warnOf(contents, files);
}

void ContentsLayer::warnOf(const Contents& contents, const HostTree& files) const {
    for (const auto& output : files.leftOut())
        warn(fmt::format("--contents {}: {} is an output; it is not in the layer", quote(contents.source),
                         quote(output)));
    if (const auto& lost = files.withLostXattrs(); !lost.empty())
        warn(fmt::format("--contents {}: extended attributes of trusted.* are not in the layer ({} {}, {}{})",
                         quote(contents.source), lost.size(), lost.size() == 1 ? "entry" : "entries",
                         lost.size() == 1 ? "" : "the first is ", quote(lost.front())));
    for (const auto& socket : files.sockets())
        warn(fmt::format("--contents {}: {} is a socket; it is not in the layer", quote(contents.source),
                         quote(socket)));
    for (const auto& link : files.keptLinks())
        warn(fmt::format("--contents {}: {} stays a symbolic link, because its directory lies outside of the "
                         "contents or holds the link",
                         quote(contents.source), quote(link)));
}

void ContentsLayer::write(Sink& out) {
    m_files.requireReadable();
    m_tree.write(out);
}

void ContentsLayer::warn(const std::string& text) const {
    if (m_observer != nullptr) m_observer->onEvent({.kind = Event::Kind::Warning, .text = text});
}

std::unique_ptr<Source> ContentsLayer::open(const Contents& contents) const {
    if (m_format != ArchiveFormat::Tar) return openArchive(contents.source, m_format, m_directory, m_cancel);
    image::OpenOptions options;
    options.workspace.directory = m_directory;
    options.cancel = m_cancel;
    const auto file = image::openStored(contents.source, "tarball", options);
    return std::make_unique<CancellableSource>(
        compress::decompress(std::make_unique<SliceSource>(file, m_cancel), file.name), m_cancel);
}

std::string ContentsLayer::landing(const std::string& path, bool directory) {
    const auto whole = canonical(path);
    const std::string parent(layer::parentPath(whole));
    if (parent.empty()) return walked({}, whole, directory, false);
    // Consecutive entries mostly share their directory.
    if (m_parent != parent) {
        m_parentLanding = walked({}, parent, true, true);
        m_parent = parent;
    }
    return walked(m_parentLanding, std::string(layer::baseName(whole)), directory, false);
}

bool ContentsLayer::isFileAt(const std::string& path) const {
    auto there = m_tree.entry(path);
    if (!there) there = m_base.entry(path);
    return there && there->type != EntryType::Directory && there->type != EntryType::Symlink;
}

/// Where the names of a canonical path lead from the directory `at`. `onwards`: other names follow it. A link
/// that leads to a file, where a directory is wanted, is not followed: it is in the way, not the file.
std::string ContentsLayer::walked(std::string at, const std::string& path, bool directory, bool onwards) {
    m_cancel.check();
    std::vector<std::string> todo; // a stack: the next name is the last
    pushNames(path, todo);
    std::string link;     // that is being followed; empty: none
    std::size_t rest = 0; // names after it
    for (int links = 0; !todo.empty();) {
        if (todo.size() <= rest) link.clear();
        const auto name = std::move(todo.back());
        todo.pop_back();
        if (name == "..") { // only in link targets: canonical paths have none
            at.resize(layer::parentPath(at).size());
            continue;
        }
        auto next = joined(at, name);
        if (links > 0) spend(next);
        const auto target =
            links < kMaxLinks ? linkAt(next, directory, todo.empty() && !onwards) : std::nullopt;
        if (!target && !link.empty() && isFileAt(next)) {
            at = std::move(link);
            todo.resize(rest);
            link.clear();
            continue;
        }
        if (!target) {
            at = std::move(next);
            continue;
        }
        if (link.empty()) {
            link = next;
            rest = todo.size();
        }
        ++links;
        if (target->starts_with('/')) at.clear();
        pushNames(*target, todo);
    }
    return at;
}

/// The target of the link at `path`, if it is to be followed. Added entries hide those of the base. As in any
/// tar, an entry for a directory replaces a link of the same contents.
std::optional<std::string> ContentsLayer::linkAt(const std::string& path, bool directory, bool last) const {
    if (last && !directory) return std::nullopt;
    const auto own = m_links.find(path);
    if (m_replaceLinks && own == m_links.end()) return std::nullopt;
    if (own != m_links.end()) return last || own->second.empty() ? std::nullopt : std::optional(own->second);
    auto there = m_tree.entry(path);
    if (!there) there = m_base.entry(path);
    if (!there || there->type != EntryType::Symlink) return std::nullopt;
    return there->linkTarget;
}

/// Limits the work: a malicious base could have links through thousands of names for every entry.
void ContentsLayer::spend(const std::string& path) {
    m_steps += layer::pathDepth(path);
    if (m_steps > kMaxSteps)
        throw Error(ErrorCode::Image, "following the symbolic links of the base takes too many steps");
}

void ContentsLayer::rememberLink(const Entry& entry) {
    const bool link = entry.type == EntryType::Symlink;
    if (!link && !m_links.contains(entry.path) && !linkAt(entry.path, true, false)) return;
    m_links[entry.path] = link ? entry.linkTarget : ""; // "": it replaces a link
    // The link may be on the way to the directory that is known.
    const bool aside = m_parent && m_parentLanding == *m_parent && *m_parent != entry.path &&
                       !m_parent->starts_with(entry.path + "/");
    if (!aside) m_parent.reset();
}

ContentsLayer::Place ContentsLayer::placeOf(const Contents& contents) {
    const auto& destination = contents.destination;
    const auto directory = canonical(destination);
    if (isArchive() || S_ISDIR(statusOf(contents.source).st_mode)) {
        return [directory](const std::string& path) { return joined(directory, canonical(path)); };
    }
    const auto there = m_base.entry(landing(directory, true));
    const bool into =
        destination.empty() || destination.ends_with('/') || (there && there->type == EntryType::Directory);
    const auto name = joined(directory, into ? lastName(contents.source) : "");
    return [name](const std::string&) { return name; };
}

bool ContentsLayer::edit(const Contents& contents, const Place& place, Entry& entry) {
    if (!isPayload(m_format, canonical(entry.path))) return false;
    ++m_archiveEntries;
    if (++m_entries > m_mostEntries) {
        throw Error(ErrorCode::Resource, fmt::format("the contents have more than {} entries", m_mostEntries),
                    "a larger --max-entries, or fewer contents");
    }
    const auto wanted = place(entry.path);
    refuseWhiteouts(wanted);
    const bool directory = entry.type == EntryType::Directory;
    const bool top = entry.path.empty(); // of a directory of the host
    entry.path = landing(wanted, directory);
    if (entry.path.empty()) return false; // keep the base's root directory
    if (top && !isArchive() && m_tree.entry(entry.path)) return false;
    if (entry.type == EntryType::HardLink) entry.linkTarget = landing(place(entry.linkTarget), false);
    setOwner(contents, entry);
    rememberLink(entry);
    const auto there = directory ? m_base.entry(entry.path) : std::nullopt;
    if (there && there->type == EntryType::Directory) {
        const auto path = entry.path;
        entry = *there;
        entry.path = path;
    }
    return true;
}

void ContentsLayer::setOwner(const Contents& contents, Entry& entry) const {
    const bool archived = isArchive();
    const bool own = hasOwners(m_format);
    if (!own || contents.uid) entry.uid = contents.uid.value_or(0);
    if (!own || contents.gid) entry.gid = contents.gid.value_or(0);
    if (contents.mode && entry.type == EntryType::File) entry.mode = *contents.mode;
    // File times on the host are not an input: they differ between checkouts.
    if (!archived && !m_times.keep) entry.mtime = m_times.epoch.value_or(kDefaultEpoch);
    if (m_times.epoch) entry.mtime = std::min(entry.mtime, *m_times.epoch);
}

} // namespace rootlayer::builder
