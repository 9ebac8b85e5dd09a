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

} // namespace

DirectorySource::DirectorySource(const std::string& path, CancelToken cancel)
    : m_path(path), m_cancel(std::move(cancel)), m_root(openDirectory(path)), m_writer(m_out),
      m_piece(std::make_unique<char[]>(kPiece)) {
    const DirectoryEntry root = openEntry(".");
    m_device = root.status().st_dev;
    m_levels.push_back({"", root.names()});
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
    const DirectoryEntry found = openEntry(path);
    if (S_ISSOCK(found.status().st_mode)) return;
    layer::Entry entry = found.describe();
    entry.path = path;
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

bool DirectorySource::addHardLink(layer::Entry& entry, const DirectoryEntry& found) {
    if (found.status().st_nlink < 2) return false;
    const auto [first, inserted] =
        m_links.emplace(std::pair(found.status().st_dev, found.status().st_ino), entry.path);
    if (inserted) return false;
    entry.type = layer::EntryType::HardLink;
    entry.linkTarget = first->second;
    entry.size = 0;
    entry.devMajor = entry.devMinor = 0;
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
