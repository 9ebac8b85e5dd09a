#pragma once

#include <string>

#include <rootlayer/cancel.hh>

#include "base/deadline.hh"
#include "base/unique_fd.hh"
#include "vm/devices.hh"

namespace rootlayer::vm {

/// Our end of a port: a unix socket to which QEMU connects. libvirt's own stream to the port is not
/// used, because it was observed to lose the last bytes.
class PortListener final {
  public:
    /// Listens at the port's socket: a path of at most 107 bytes that must not exist. Throws Error{Input} if
    /// it is too long.
    explicit PortListener(const PortDevice& port);

    const std::string& name() const { return m_name; }

    /// Waits for QEMU's connection. `ended` is a descriptor that becomes readable when the machine dies; then
    /// Error{Machine} is thrown. Also throws Error{Timeout} and Error{Cancelled}.
    UniqueFd accept(int ended, Deadline deadline, const CancelToken* cancel);

  private:
    std::string m_name;
    UniqueFd m_socket;
};

} // namespace rootlayer::vm
