#pragma once

#include <memory>

#include "base/unique_fd.hh"
#include "vm/libvirt/libvirt_handles.hh"

namespace rootlayer::vm {

/// Tells when a domain has stopped, as libvirt sees it.
class Lifecycle final {
  public:
    /// The domain must not have been started by name only: events are matched by its UUID. Throws
    /// Error{Machine}.
    Lifecycle(virConnectPtr connection, virDomainPtr domain);
    ~Lifecycle();
    Lifecycle(const Lifecycle&) = delete;
    Lifecycle& operator=(const Lifecycle&) = delete;

    /// Readable (POLLIN) once the domain has stopped; never to be read.
    int ended() const;

  private:
    std::shared_ptr<UniqueFd> m_ended;
    virConnectPtr m_connection;
    int m_callback = -1;
};

} // namespace rootlayer::vm
