#pragma once

#include "base/unique_fd.hh"

namespace rootlayer::guest {

/// A cgroup (v2) for the script, which bounds how many processes and how much memory it can have. Without it
/// the kernel of a full machine reads the same program pages again and again for minutes before it kills
/// anything. A kernel without cgroups has none; that is no error.
class ProcessGroup final {
  public:
    /// Mounts the hierarchy at /cg and makes the group.
    static ProcessGroup make();

    /// A process of the group's writes "0" here to join it; -1 when there is no group. Owned by the group.
    int joinFd() const { return m_join.get(); }

  private:
    UniqueFd m_join;
};

} // namespace rootlayer::guest
