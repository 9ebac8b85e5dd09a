#include "build/boot.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "session/session.hh"

namespace rootlayer::build {

namespace {

/// A guest that is silent, dies or talks nonsense is a machine that did not come up.
Error notUp(const Error& error, const std::string& console) {
    if (error.code() != ErrorCode::Timeout && error.code() != ErrorCode::Protocol) return error;
    const auto tail = console.empty() ? "" : fmt::format("; the console's last lines:\n{}", console);
    return Error(error.code(), fmt::format("the machine did not come up: {}", error.message()),
                 "more --memory, or see what rootlayer doctor says" + tail);
}

} // namespace

Boot::Boot(StartMachine start, PhaseClock& clock, Observer& observer, const CancelToken& cancel)
    : m_start(std::move(start)), m_clock(clock), m_observer(observer), m_cancel(cancel) {}

BootedMachine Boot::bootOnce(const vm::MachineSpec& spec, std::chrono::milliseconds patience) {
    BootedMachine booted;
    m_clock.begin("start");
    booted.machine = m_start(spec, m_cancel);
    m_clock.begin("hello");
    booted.connection =
        std::make_unique<protocol::Connection>(booted.machine->takeChannel(), "the guest", &m_cancel);
    try {
        booted.hello = session::Session(*booted.connection, m_observer, {.hello = patience}).hello();
    } catch (const Error& error) {
        throw notUp(error, booted.machine->consoleTail());
    }
    return booted;
}

BootedMachine Boot::operator()(vm::AcceleratorChoice& choice,
                               const std::function<vm::MachineSpec()>& prepare) {
    for (bool again = false;; again = true) {
        if (!choice.reason().empty()) {
            m_observer.onEvent(
                {.kind = Event::Kind::Note, .text = "without KVM, so slower: " + choice.reason()});
        }
        m_clock.begin(again ? "disks-again" : "disks");
        auto spec = prepare();
        spec.accelerator = choice.current();
        try {
            auto booted = bootOnce(spec, choice.helloTime());
            choice.succeeded();
            booted.reason = choice.reason();
            return booted;
        } catch (const Error& error) {
            if (!choice.failed(error.code(), error.message())) throw;
        }
    }
}

} // namespace rootlayer::build
