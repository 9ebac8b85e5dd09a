#pragma once

#include <string>

#include "base/temp_dir.hh"
#include "vm/guardian.hh"

namespace rootlayer::vm {

/// A private temporary directory for the files of one run. A guardian removes it if we are killed, and kills
/// all processes whose command line contains its path.
class RunDirectory final {
  public:
    /// Creates PARENT/rootlayer-XXXXXX. The parent must be absolute and short, because sockets are created in
    /// it. Throws like TempDir.
    explicit RunDirectory(const std::string& parent) : RunDirectory(Named{TempDir::newPath(parent)}) {}
    RunDirectory(RunDirectory&&) noexcept = default;
    RunDirectory& operator=(RunDirectory&&) = delete;
    /// Removes the directory while the guardian is still there.
    ~RunDirectory() { m_directory.remove(); }

    /// Kills the processes that use the directory, and removes it.
    void destroy() noexcept { m_guardian.killNow(); }

    const std::string& path() const { return m_directory.path(); }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_directory.file(name); }

  private:
    struct Named {
        std::string path;
    };
    /// The guardian knows the directory before it exists: a kill at any moment leaves nothing.
    explicit RunDirectory(const Named& named)
        : m_guardian(named.path), m_directory(TempDir::at(named.path)) {}

    Guardian m_guardian;
    TempDir m_directory;
};

} // namespace rootlayer::vm
