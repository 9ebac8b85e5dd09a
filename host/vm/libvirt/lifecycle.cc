#include "vm/libvirt/lifecycle.hh"

#include <sys/eventfd.h>

#include "base/system_error.hh"

namespace rootlayer::vm {

namespace {

/// Shared with the callback, which may still be running in libvirt's thread when it is deregistered.
using Share = std::shared_ptr<UniqueFd>;

int onEvent(virConnectPtr, virDomainPtr, int event, int, void* opaque) {
    const auto& ended = *static_cast<Share*>(opaque);
    if (event == VIR_DOMAIN_EVENT_STOPPED || event == VIR_DOMAIN_EVENT_CRASHED)
        ::eventfd_write(ended->get(), 1);
    return 0;
}

void release(void* opaque) {
    delete static_cast<Share*>(opaque);
}

} // namespace

Lifecycle::Lifecycle(virConnectPtr connection, virDomainPtr domain)
    : m_ended(std::make_shared<UniqueFd>(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      m_connection(connection) {
    if (!*m_ended) throw systemError("cannot create an eventfd");
    auto share = std::make_unique<Share>(m_ended);
    m_callback = virConnectDomainEventRegisterAny(connection, domain, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                  VIR_DOMAIN_EVENT_CALLBACK(onEvent), share.get(), release);
    if (m_callback < 0) throw libvirtError("cannot watch the machine");
    static_cast<void>(share.release());
    // The domain may have stopped before the registration.
    if (virDomainIsActive(domain) != 1) ::eventfd_write(m_ended->get(), 1);
}

Lifecycle::~Lifecycle() {
    if (m_callback >= 0) virConnectDomainEventDeregisterAny(m_connection, m_callback);
}

int Lifecycle::ended() const {
    return m_ended->get();
}

} // namespace rootlayer::vm
