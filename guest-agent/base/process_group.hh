#pragma once

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// A cgroup (v2) that limits the script's processes and memory. Without it, when memory is full, the kernel
/// rereads the same program pages for minutes before it kills a process. A kernel without cgroups sets no
/// limits; that is not an error.
class ProcessGroup final {
  public:
    /// Mounts the hierarchy at /cg, unless it is there, and makes the group, or opens it.
    static ProcessGroup make();

    /// A process writes "0" to this descriptor to join the group; -1 if there is no group. Owned by the
    /// group.
    int joinFd() const { return m_join.get(); }

  private:
    UniqueFd m_join;
};

} // namespace rootlayer::guest
