#pragma once

#include <memory>

#include "base/unique_fd.hh"
#include "vm/libvirt/libvirt_handles.hh"

namespace rootlayer::vm {

/// Reports when libvirt considers a domain stopped.
class Lifecycle final {
  public:
    /// Throws Error{Machine}.
    Lifecycle(virConnectPtr connection, virDomainPtr domain);
    ~Lifecycle();
    Lifecycle(const Lifecycle&) = delete;
    Lifecycle& operator=(const Lifecycle&) = delete;

    /// A descriptor that becomes readable (POLLIN) when the domain has stopped. Only poll it; do not read it.
    int ended() const;

  private:
    std::shared_ptr<UniqueFd> m_ended;
    virConnectPtr m_connection;
    int m_callback = -1;
};

} // namespace rootlayer::vm
