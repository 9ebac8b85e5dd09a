#pragma once

#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "vm/devices.hh"

namespace rootlayer::vm {

/// Our end of a port: a unix socket to which QEMU connects. (libvirt's own way to the port, a
/// stream over its daemon, was seen to lose the last bytes.)
class PortListener final {
  public:
    /// Listens at the port's socket: a path of at most 107 bytes that does not exist yet. Throws Error{Input}
    /// when it is too long.
    explicit PortListener(const PortDevice& port);

    const std::string& name() const { return m_name; }

    /// The connection, once QEMU has made it. `ended` is a descriptor that becomes readable when the machine
    /// dies: then throws Error{Machine}. Throws Error{Timeout} and Error{Cancelled} too.
    UniqueFd accept(int ended, Deadline deadline, const CancelToken* cancel);

  private:
    std::string m_name;
    UniqueFd m_socket;
};

} // namespace rootlayer::vm
