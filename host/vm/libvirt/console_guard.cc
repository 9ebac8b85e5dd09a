#include "vm/libvirt/console_guard.hh"

#include <memory>

#include "vm/console_tail.hh"
#include "vm/libvirt/libvirt_handles.hh"

namespace rootlayer::vm {

namespace {

using Paths = std::vector<std::string>;

constexpr int kInterval = 1000;

void onTimer(int, void* opaque) {
    for (const auto& path : *static_cast<Paths*>(opaque))
        boundConsole(path);
}

void release(void* opaque) {
    delete static_cast<Paths*>(opaque);
}

} // namespace

ConsoleGuard::ConsoleGuard(std::vector<std::string> paths) {
    auto owned = std::make_unique<Paths>(std::move(paths));
    m_timer = virEventAddTimeout(kInterval, onTimer, owned.get(), release);
    if (m_timer < 0) throw libvirtError("cannot watch the console");
    static_cast<void>(owned.release());
}

ConsoleGuard::~ConsoleGuard() {
    if (m_timer >= 0) virEventRemoveTimeout(m_timer);
}

} // namespace rootlayer::vm
