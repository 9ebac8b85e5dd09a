#include "builder/contents_layer.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/cancellable_source.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/slice.hh"
#include "builder/base_layers.hh"
#include "compress/compression.hh"
#include "image/archive_file.hh"
#include "image/directory_source.hh"
#include "layer/rules.hh"
#include "layer/tar_writer.hh"
#include "layer/whiteout.hh"
#include "tar/entry_path.hh"

namespace rootlayer::builder {

namespace {

using layer::Entry;
using layer::EntryType;

constexpr std::int64_t kDefaultEpoch = 1; // as for files that a script creates
constexpr int kMaxLinks = 40;             // the limit of Linux
constexpr std::uint64_t kMaxSteps = 100'000'000;
constexpr std::array kTarballs = {".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".tar.bz2"};

bool isTarball(const Contents& contents) {
    return contents.unpack && std::any_of(kTarballs.begin(), kTarballs.end(), [&](const char* ending) {
               return contents.source.ends_with(ending);
           });
}

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
void refuseWhiteouts(const Contents& contents, const std::string& path) {
    for (const auto name : tar::entryPath(path)) {
        if (!layer::isWhiteoutName(name)) continue;
        throw Error(ErrorCode::Layer,
                    fmt::format("--contents {} has {}, which would be a deletion in an image",
                                quote(contents.source), quote(path)),
                    "rename or remove it");
    }
}

} // namespace

ContentsLayer::ContentsLayer(const std::vector<image::BaseLayer>& base, std::string temporaryDirectory,
                             ContentsTimes times, CancelToken cancel, Observer* observer)
    : m_directory(std::move(temporaryDirectory)), m_times(times), m_cancel(std::move(cancel)),
      m_observer(observer), m_base(nullptr, &m_cancel), m_spool(m_directory),
      m_tree(&m_spool, &m_cancel, &m_base) {
    for (const auto& layer : base)
        addBaseLayer(m_base, layer, *layer.open(), observer);
}

void ContentsLayer::add(const Contents& contents) {
    requireDestination(contents);
    m_links.clear();
    m_parent.reset();
    const auto source = open(contents);
    const auto place = placeOf(contents);
    try {
        const auto end = m_tree.add(*source, {}, [&](Entry& entry) { return edit(contents, place, entry); });
        tar::requireNothingAfter(end);
        warnOfEnd(end, "--contents " + quote(contents.source), m_observer);
    } catch (Error& error) {
        error.addContext(fmt::format("--contents {}", quote(contents.source)));
        throw;
    }
}

std::unique_ptr<Source> ContentsLayer::open(const Contents& contents) const {
    const auto status = statusOf(contents.source);
    if (S_ISDIR(status.st_mode)) return std::make_unique<image::DirectorySource>(contents.source, m_cancel);
    if (!isTarball(contents)) return openFile(contents);
    image::OpenOptions options;
    options.workspace.directory = m_directory;
    options.cancel = m_cancel;
    const auto file = image::openStored(contents.source, "tarball", options);
    return std::make_unique<CancellableSource>(
        compress::decompress(std::make_unique<SliceSource>(file, m_cancel), file.name), m_cancel);
}

/// Opens a file as a tar with one entry.
std::unique_ptr<Source> ContentsLayer::openFile(const Contents& contents) const {
    const auto status = statusOf(contents.source);
    if (!S_ISREG(status.st_mode)) {
        throw Error(ErrorCode::Input,
                    fmt::format("--contents {} is neither a file nor a directory", quote(contents.source)),
                    "use a file, a directory or a tarball");
    }
    constexpr mode_t modeBits = 07777;
    image::Spool spool(m_directory, quote(contents.source));
    layer::TarWriter tar(spool);
    FileSource file(contents.source, "--contents");
    tar.add({.path = "file",
             .mode = status.st_mode & modeBits,
             .size = static_cast<std::uint64_t>(status.st_size),
             .mtime = std::max<std::int64_t>(status.st_mtime, 0)});
    FunctionSink data([&](std::string_view bytes) {
        m_cancel.check();
        tar.data(bytes);
    });
    copy(file, data);
    tar.finish();
    spool.finish();
    return spool.opener(m_cancel)();
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

/// Where the names of a canonical path lead from the directory `at`. `onwards`: other names follow it.
std::string ContentsLayer::walked(std::string at, const std::string& path, bool directory, bool onwards) {
    m_cancel.check();
    std::vector<std::string> todo; // a stack: the next name is the last
    pushNames(path, todo);
    for (int links = 0; !todo.empty();) {
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
        if (!target) {
            at = std::move(next);
            continue;
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
    if (isTarball(contents) || S_ISDIR(statusOf(contents.source).st_mode)) {
        return [directory](const std::string& path) { return joined(directory, canonical(path)); };
    }
    const auto there = m_base.entry(landing(directory, true));
    const bool into =
        destination.empty() || destination.ends_with('/') || (there && there->type == EntryType::Directory);
    const auto name = joined(directory, into ? lastName(contents.source) : "");
    return [name](const std::string&) { return name; };
}

bool ContentsLayer::edit(const Contents& contents, const Place& place, Entry& entry) {
    const auto wanted = place(entry.path);
    refuseWhiteouts(contents, wanted);
    const bool directory = entry.type == EntryType::Directory;
    entry.path = landing(wanted, directory);
    if (entry.path.empty()) return false; // keep the base's root directory
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
    const bool own = isTarball(contents);
    if (!own || contents.uid) entry.uid = contents.uid.value_or(0);
    if (!own || contents.gid) entry.gid = contents.gid.value_or(0);
    if (contents.mode && entry.type == EntryType::File) entry.mode = *contents.mode;
    if (m_times.keep) return;
    // File times on the host are not an input: they differ between checkouts.
    if (!own) entry.mtime = m_times.epoch.value_or(kDefaultEpoch);
    if (m_times.epoch) entry.mtime = std::min(entry.mtime, *m_times.epoch);
}

} // namespace rootlayer::builder
