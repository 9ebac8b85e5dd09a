#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// The names in one directory. There may be millions, so each takes its own length and 10 bytes (26 while the
/// list grows).
class DirectoryNames final {
  public:
    /// `kind` is d_type of readdir(3), and may be DT_UNKNOWN.
    void add(std::string_view name, unsigned char kind);
    void sort(); ///< bytewise

    std::size_t size() const { return m_names.size(); }
    /// The name; a NUL follows it in memory.
    std::string_view name(std::size_t at) const { return m_names[at] + 1; }
    unsigned char kind(std::size_t at) const { return static_cast<unsigned char>(*m_names[at]); }
    /// Valid only after sort().
    bool contains(std::string_view name) const;

  private:
    char* room(std::size_t bytes);

    std::vector<std::unique_ptr<char[]>> m_pieces;
    std::size_t m_pieceSize = 0;
    std::size_t m_used = 0;           ///< bytes used in the last piece
    std::vector<const char*> m_names; ///< each: the kind, the name, a NUL
};

/// Opens a subdirectory without following a symlink. Throws Error{System} naming `path`.
UniqueFd openDirectory(int parent, const std::string& name, const std::string& path);

/// The names in a directory, without "." and "..", sorted. Throws Error{System} naming `path`.
DirectoryNames listDirectory(int directory, const std::string& path);

} // namespace rootlayer::guest
