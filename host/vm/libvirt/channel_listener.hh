#pragma once

#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Our end of the agent's port: a unix socket to which QEMU connects. (libvirt's own way to the port, a
/// stream over its daemon, was seen to lose the last bytes.)
class ChannelListener final {
  public:
    /// Listens at `path`; at most 107 bytes, and not there yet. Throws Error{Input} for a path that is too
    /// long.
    explicit ChannelListener(const std::string& path);

    /// The connection, once QEMU has made it. `ended` is a descriptor that becomes readable when the machine
    /// dies: then throws Error{Machine}. Throws Error{Timeout} and Error{Cancelled} too.
    UniqueFd accept(int ended, Deadline deadline, const CancelToken* cancel);

  private:
    UniqueFd m_socket;
};

} // namespace rootlayer::vm
