#include "vm/libvirt/disk_watch.hh"

#include <mutex>
#include <string_view>
#include <sys/eventfd.h>

#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::vm {

/// Shared with the callback, which may still be running in libvirt's thread when it is deregistered.
struct DiskWatch::State {
    std::string scratch;
    UniqueFd fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex mutex;
    std::optional<DiskFault> fault;

    void add(std::string_view file, std::string_view reason) {
        // A base that cannot be read is reported by the guest.
        if (file != scratch) return;
        const std::scoped_lock lock(mutex);
        if (!fault) fault = DiskFault{reason == "enospc", {}};
        ::eventfd_write(fd.get(), 1);
    }

    static int onError(virConnectPtr, virDomainPtr, const char* file, const char*, int, const char* reason,
                       void* opaque) {
        const auto text = [](const char* each) { return std::string_view(each == nullptr ? "" : each); };
        (*static_cast<std::shared_ptr<State>*>(opaque))->add(text(file), text(reason));
        return 0;
    }
    static void release(void* opaque) { delete static_cast<std::shared_ptr<State>*>(opaque); }
};

DiskWatch::DiskWatch(virConnectPtr connection, virDomainPtr domain, std::string scratch)
    : m_state(std::make_shared<State>()), m_connection(connection) {
    if (!m_state->fd) throw systemError("cannot create an eventfd");
    m_state->scratch = std::move(scratch);
    auto share = std::make_unique<std::shared_ptr<State>>(m_state);
    m_callback = virConnectDomainEventRegisterAny(connection, domain, VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
                                                  VIR_DOMAIN_EVENT_CALLBACK(State::onError), share.get(),
                                                  State::release);
    if (m_callback < 0) throw libvirtError("cannot watch the machine's disk");
    static_cast<void>(share.release());
}

DiskWatch::~DiskWatch() {
    if (m_callback >= 0) virConnectDomainEventDeregisterAny(m_connection, m_callback);
}

int DiskWatch::fd() const {
    return m_state->fd.get();
}

std::optional<DiskFault> DiskWatch::fault() const {
    const std::scoped_lock lock(m_state->mutex);
    return m_state->fault;
}

} // namespace rootlayer::vm
