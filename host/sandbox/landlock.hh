#pragma once

#include <string>

#include "base/unique_fd.hh"

namespace rootlayer::sandbox {

/// What may be done with the files below a path.
enum class Access {
    Read,  ///< read and execute files, list directories
    Write, ///< also write to files that exist
    Change ///< also create and remove files
};

/// Landlock (landlock(7)): whoever enforces it can use no file but those that were allowed. Needs no
/// privileges. What a kernel does not know is not restricted; level() says how much it knows. Open
/// descriptors stay usable.
class Landlock final {
  public:
    enum class Scope {
        Process, ///< besides, no TCP, no abstract sockets of others, no signals to processes outside
        Thread,  ///< the same, but signals: a thread must be able to signal its process
        Network  ///< files alone, and no signals to processes outside
    };

    /// Throws Error{System} if a kernel that has Landlock refuses the rules.
    explicit Landlock(Scope scope = Scope::Process);

    /// Allows a file, or all files below a directory. A path that cannot be opened is ignored.
    void allow(const std::string& path, Access access);

    /// Restricts the calling thread and what it starts, for good. The thread must have given up new
    /// privileges (PR_SET_NO_NEW_PRIVS). Returns 0 or an errno. Async-signal-safe.
    int enforce() const noexcept;

    /// The version of the kernel's interface; 0 if it has none, or it is disabled.
    static int level() noexcept;

  private:
    int m_level;
    UniqueFd m_ruleset;
};

} // namespace rootlayer::sandbox
