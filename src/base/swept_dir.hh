#pragma once

#include <string>

#include "base/temp_dir.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A TempDir for large data. If its process was killed, the next SweptDir in the same parent removes it: each
/// has a file ".owner", which its process keeps locked (flock(2)).
class SweptDir final {
  public:
    /// First removes what killed processes of this user left in the parent. Throws like TempDir.
    explicit SweptDir(const std::string& parent);

    const std::string& path() const { return m_directory.path(); }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_directory.file(name); }

  private:
    TempDir m_directory;
    UniqueFd m_lock;
};

} // namespace rootlayer
