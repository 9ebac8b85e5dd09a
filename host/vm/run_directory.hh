#pragma once

#include <string>

#include "base/temp_dir.hh"
#include "vm/guardian.hh"

namespace rootlayer::vm {

/// A private temporary directory that vanishes with all processes that name it on their command line, even if
/// we are killed. Everything of one run lives in one of these.
class RunDirectory final {
  public:
    /// Makes PARENT/rootlayer-XXXXXX; the parent absolute and short, for sockets are made in it. Throws like
    /// TempDir.
    explicit RunDirectory(const std::string& parent) : m_directory(parent), m_guardian(m_directory.path()) {}
    RunDirectory(RunDirectory&&) noexcept = default;
    RunDirectory& operator=(RunDirectory&&) = delete;
    /// Removed while it is still guarded.
    ~RunDirectory() { m_directory.remove(); }

    /// Kills the processes that name it, and removes it.
    void destroy() noexcept { m_guardian.killNow(); }

    const std::string& path() const { return m_directory.path(); }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_directory.file(name); }

  private:
    TempDir m_directory;
    Guardian m_guardian;
};

} // namespace rootlayer::vm
