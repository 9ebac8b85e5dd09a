#include "image/directory_source.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/hard_link.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kPiece = std::size_t{256} * 1024;

UniqueFd openDirectory(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd) return fd;
    throw Error(ErrorCode::Input,
                fmt::format("cannot open the directory {}: {}", quote(path), ::strerror(errno)),
                errno == ENOTDIR ? fmt::format("for a tar of a root file system use tar:{}", escaped(path))
                                 : "check the path");
}

/// The directories above the paths, and in each of them the names that lead to a path.
std::map<std::string, std::vector<std::string>> namesAbove(const std::vector<std::string>& paths) {
    std::map<std::string, std::vector<std::string>> above;
    for (const auto& path : paths) {
        for (std::string at = path; !at.empty();) {
            const std::string parent(layer::parentPath(at));
            auto& names = above[parent];
            std::string name(layer::baseName(at));
            if (!names.empty() && names.back() == name) break;
            names.push_back(std::move(name));
            at = parent;
        }
    }
    return above;
}

} // namespace

DirectorySource::DirectorySource(const std::string& path, CancelToken cancel)
    : m_path(path), m_cancel(std::move(cancel)), m_root(openDirectory(path)), m_writer(m_out),
      m_piece(std::make_unique<char[]>(kPiece)) {
    const DirectoryEntry root = openEntry(".");
    m_device = root.status().st_dev;
    m_levels.push_back({"", root.names()});
}

DirectorySource::DirectorySource(const std::string& path, Selection selection, CancelToken cancel)
    : m_path(path), m_cancel(std::move(cancel)), m_selection(std::move(selection)),
      m_parents(namesAbove(m_selection.paths)), m_root(openDirectory(path)), m_writer(m_out),
      m_piece(std::make_unique<char[]>(kPiece)) {
    if (!m_parents.empty()) m_levels.push_back({"", m_parents.at("")});
}

std::size_t DirectorySource::read(std::span<char> buffer) {
    while (m_taken == m_ready.size() && !m_finished) {
        m_cancel.check();
        step();
        m_ready = m_out.take();
        m_taken = 0;
    }
    const std::size_t count = std::min(buffer.size(), m_ready.size() - m_taken);
    std::copy_n(m_ready.data() + m_taken, count, buffer.data());
    m_taken += count;
    return count;
}

void DirectorySource::step() {
    if (m_missing > 0) return copyData();
    while (!m_levels.empty() && m_levels.back().next == m_levels.back().names.size())
        m_levels.pop_back();
    if (m_levels.empty()) {
        m_writer.finish();
        m_finished = true;
        return;
    }
    Level& level = m_levels.back();
    addEntry(level.prefix + level.names[level.next++]);
}

void DirectorySource::addEntry(const std::string& path) {
    if (path.compare(path.rfind('/') + 1, 4, ".wh.") == 0) {
        fail(path, "has the name of a whiteout: in an image it would mean a deletion", "rename or remove it");
    }
    if (m_parents.contains(path)) return addParent(path);
    beginSelected(path);
    const DirectoryEntry found = openEntry(path);
    if (S_ISSOCK(found.status().st_mode)) return;
    layer::Entry entry = found.describe();
    entry.path = path;
    if (m_selection.edit) m_selection.edit(entry);
    if (found.isDirectory()) {
        if (found.status().st_dev != m_device) {
            fail(path, "is a mount point of another file system", "unmount it or use a copy of the tree");
        }
        m_writer.add(entry);
        m_levels.push_back({path + "/", found.names()});
    } else if (addHardLink(entry, found) || entry.type != layer::EntryType::File) {
        m_writer.add(entry);
    } else {
        addFile(entry, found);
    }
}

void DirectorySource::addParent(const std::string& path) {
    constexpr std::uint32_t mode = 0755;
    const auto known = m_selection.parents.find(path);
    layer::Entry entry{.path = path, .type = layer::EntryType::Directory, .mode = mode};
    if (known != m_selection.parents.end()) entry = known->second;
    m_writer.add(entry);
    m_levels.push_back({path + "/", m_parents.at(path)});
}

/// A path of a selection is a tree of its own: it may be in another file system, and has its own links.
void DirectorySource::beginSelected(const std::string& path) {
    const auto& paths = m_selection.paths;
    if (!std::binary_search(paths.begin(), paths.end(), path, layer::LayerOrder())) return;
    m_device = openEntry(path).status().st_dev;
    m_links.clear();
    m_splitLinks = m_selection.splitsLinks && m_selection.splitsLinks(path);
}

bool DirectorySource::addHardLink(layer::Entry& entry, const DirectoryEntry& found) {
    if (found.status().st_nlink < 2 || m_splitLinks) return false;
    const auto [first, inserted] =
        m_links.emplace(std::pair(found.status().st_dev, found.status().st_ino), entry.path);
    if (inserted) return false;
    layer::becomeHardLink(entry, first->second);
    return true;
}

void DirectorySource::addFile(const layer::Entry& entry, const DirectoryEntry& found) {
    m_file = found.openForReading();
    m_filePath = entry.path;
    m_missing = entry.size;
    m_writer.add(entry);
}

void DirectorySource::copyData() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, m_missing));
    const ssize_t got = ::read(m_file.get(), m_piece.get(), wanted);
    if (got < 0 && errno == EINTR) return;
    if (got < 0) fail(m_filePath, fmt::format("cannot be read: {}", ::strerror(errno)), {});
    if (got == 0)
        fail(m_filePath, "became shorter while it was read", "stop all writers to the tree and try again");
    m_writer.data({m_piece.get(), static_cast<std::size_t>(got)});
    m_missing -= static_cast<std::uint64_t>(got);
}

DirectoryEntry DirectorySource::openEntry(const std::string& path) const {
    return {m_root.get(), path, fmt::format("{} in the directory {}", quote(path), quote(m_path))};
}

void DirectorySource::fail(const std::string& path, std::string_view why, std::string hint) const {
    throw Error(ErrorCode::Input, fmt::format("{} in the directory {} {}", quote(path), quote(m_path), why),
                std::move(hint));
}

} // namespace rootlayer::image
