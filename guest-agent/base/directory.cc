#include "guest-agent/base/directory.hh"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

constexpr std::size_t kMinPiece = 1024;
constexpr std::size_t kMaxPiece = std::size_t{1} << 20;

std::string shown(const std::string& path) {
    return path.empty() ? "the root directory" : quote(path);
}

struct CloseDirectory {
    void operator()(DIR* stream) const { ::closedir(stream); }
};

} // namespace

void DirectoryNames::add(std::string_view name, unsigned char kind) {
    char* const at = room(name.size() + 2);
    *at = static_cast<char>(kind);
    std::copy(name.begin(), name.end(), at + 1);
    at[name.size() + 1] = '\0';
    m_names.push_back(at);
}

// Pieces are never moved: a growing block would exist twice while it is copied.
char* DirectoryNames::room(std::size_t bytes) {
    if (m_pieces.empty() || m_used + bytes > m_pieceSize) {
        m_pieceSize = std::max(std::clamp(2 * m_pieceSize, kMinPiece, kMaxPiece), bytes);
        m_pieces.push_back(std::make_unique_for_overwrite<char[]>(m_pieceSize));
        m_used = 0;
    }
    char* const at = m_pieces.back().get() + m_used;
    m_used += bytes;
    return at;
}

void DirectoryNames::sort() {
    std::sort(m_names.begin(), m_names.end(),
              [](const char* a, const char* b) { return std::strcmp(a + 1, b + 1) < 0; });
}

bool DirectoryNames::contains(std::string_view name) const {
    const auto before = [](const char* a, std::string_view b) { return std::string_view(a + 1) < b; };
    const auto found = std::lower_bound(m_names.begin(), m_names.end(), name, before);
    return found != m_names.end() && std::string_view(*found + 1) == name;
}

UniqueFd openDirectory(int parent, const std::string& name, const std::string& path) {
    UniqueFd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw systemError(fmt::format("cannot open {}", shown(path)));
    return fd;
}

DirectoryNames listDirectory(int directory, const std::string& path) {
    // A separate stream, so that the position of `directory` does not change.
    UniqueFd fd = openDirectory(directory, ".", path);
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(fd.get()));
    if (!stream) throw systemError(fmt::format("cannot list {}", shown(path)));
    static_cast<void>(fd.release());
    DirectoryNames names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.add(name, entry->d_type);
    }
    if (errno != 0) throw systemError(fmt::format("cannot list {}", shown(path)));
    names.sort();
    return names;
}

} // namespace rootlayer::guest
