#pragma once

#include <string>

#include "base/temp_dir.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A TempDir for what is large. One whose process was killed is removed by whoever makes the next in the same
/// parent: each has a file ".owner", which its process holds locked (flock(2)).
class SweptDir final {
  public:
    /// Removes what killed processes of our user have left in the parent. Throws as TempDir does.
    explicit SweptDir(const std::string& parent);

    const std::string& path() const { return m_directory.path(); }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_directory.file(name); }

  private:
    TempDir m_directory;
    UniqueFd m_lock;
};

} // namespace rootlayer
