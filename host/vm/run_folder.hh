#pragma once

#include <string>

#include "base/temp_dir.hh"
#include "vm/guardian.hh"

namespace rootlayer::vm {

/// A private temporary folder that vanishes with all processes that name it on their command line, even if we
/// are killed. Everything of one run lives in one of these.
class RunFolder final {
  public:
    /// Makes PARENT/rootlayer-XXXXXX; the parent absolute and short, for sockets are made in it. Throws like
    /// TempDir.
    explicit RunFolder(const std::string& parent) : m_folder(parent), m_guardian(m_folder.path()) {}
    RunFolder(RunFolder&&) noexcept = default;
    RunFolder& operator=(RunFolder&&) = delete;
    /// Removed while it is still guarded.
    ~RunFolder() { m_folder.remove(); }

    /// Kills the processes that name it, and removes it.
    void destroy() noexcept { m_guardian.strike(); }

    const std::string& path() const { return m_folder.path(); }
    /// PATH/name.
    std::string file(const std::string& name) const { return m_folder.file(name); }

  private:
    TempDir m_folder;
    Guardian m_guardian;
};

} // namespace rootlayer::vm
