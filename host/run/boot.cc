#include "run/boot.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "protocol/control.hh"
#include "session/session.hh"
#include "vm/console_tail.hh"

namespace rootlayer::run {

namespace {

/// Turns a timeout or a protocol error during the hello into an error that shows the console.
Error notUp(const Error& error, const std::string& console) {
    if (error.code() != ErrorCode::Timeout && error.code() != ErrorCode::Protocol) return error;
    const auto tail = console.empty() ? "" : "; the console's last lines:" + vm::barred(console);
    const auto panic = vm::panicIn(console);
    return Error(error.code(),
                 fmt::format("the machine did not come up: {}", panic.empty() ? error.message() : panic),
                 "use more --memory, or run rootlayer doctor" + tail);
}

/// A restored guest answers in milliseconds, but on a busy host it may take seconds. With KVM, one that does
/// not is more likely one that the host cannot restore.
constexpr std::chrono::milliseconds kWakeTime{20'000};
constexpr std::chrono::milliseconds kKvmWakeTime{10'000};

/// Whether the error would occur again in the next run, unlike that of a full disk, a busy host or a kill.
bool isLasting(const Error& error) {
    return error.code() == ErrorCode::Machine;
}

bool hasFeature(const protocol::Hello& hello, std::string_view feature) {
    return std::find(hello.features.begin(), hello.features.end(), feature) != hello.features.end();
}

} // namespace

Boot::Boot(StartMachine start, StartMachine otherwise, TemplateUse templates, PhaseClock& clock,
           Observer& observer, const CancelToken& cancel)
    : m_start(std::move(start)), m_otherwise(std::move(otherwise)), m_templates(std::move(templates)),
      m_clock(clock), m_observer(observer), m_cancel(cancel) {}

std::string standbyKey(const std::string& templateKey, std::uint64_t diskSize) {
    return fmt::format("{} {}", templateKey, diskSize);
}

vm::MachineSpec Boot::prepared(const Prepare& prepare, vm::Accelerator accelerator,
                               std::unique_ptr<vm::RunDirectory> directory) {
    m_clock.begin("disks");
    auto spec = prepare(std::move(directory));
    spec.accelerator = accelerator;
    return spec;
}

void Boot::awaitHello(vm::Machine& machine, std::chrono::milliseconds timeout) {
    // The channel must stay open until the machine is frozen, otherwise its agent sees end of file.
    m_making =
        std::make_unique<protocol::Connection>(machine.takePort(protocol::kPortName), "the guest", &m_cancel);
    m_awaitsHello = true;
    const auto hello = session::Session(*m_making, m_observer, {.hello = timeout}).hello();
    m_awaitsHello = false;
    if (hasFeature(hello, "late-disks") && hasFeature(hello, "wake")) return;
    throw Error(ErrorCode::Machine, "the guest's kernel probes its disks at boot");
}

void Boot::wake(BootedMachine& booted, vm::Accelerator accelerator) {
    const auto timeout = accelerator == vm::Accelerator::Kvm ? kKvmWakeTime : kWakeTime;
    m_clock.begin("hello");
    booted.connection = std::make_unique<protocol::Connection>(booted.machine->takePort(protocol::kPortName),
                                                               "the guest", &m_cancel);
    try {
        booted.hello = session::Session(*booted.connection, m_observer, {.hello = timeout}).wake();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::Timeout) throw;
        throw Error(ErrorCode::Machine, "the restored machine does not answer");
    }
    booted.restored = true;
}

BootedMachine Boot::restore(const std::string& key, const vm::MachineSpec& spec) {
    BootedMachine booted;
    m_clock.begin("start");
    booted.machine = m_templates.store->restore(key, spec, &m_cancel);
    booted.templateKey = key;
    wake(booted, spec.accelerator);
    return booted;
}

std::optional<BootedMachine> Boot::fromStandby(vm::Accelerator accelerator, const Prepare& prepare) {
    if (m_templates.waiting == nullptr || m_templates.waiting->empty()) return std::nullopt;
    auto plain = m_templates.plain;
    plain.accelerator = accelerator;
    BootedMachine booted;
    booted.templateKey = m_templates.store->keyOf(plain, m_templates.image);
    m_clock.begin("wait");
    auto waiting = m_templates.waiting->take(standbyKey(booted.templateKey, m_templates.diskSize), m_cancel);
    if (!waiting) return std::nullopt;
    try {
        const auto spec = prepared(prepare, accelerator, std::move(waiting->directory));
        m_clock.begin("start");
        booted.machine = waiting->machine->goOn(spec, &m_cancel);
        wake(booted, accelerator);
        booted.waited = true;
        return booted;
    } catch (const Error& error) {
        // The machine may have died while it waited. The run continues without it.
        if (error.code() == ErrorCode::Cancelled) throw;
    }
    return std::nullopt;
}

std::optional<BootedMachine> Boot::tryTemplate(const std::string& key, const vm::AcceleratorChoice& choice,
                                               vm::MachineSpec& spec, const Prepare& prepare) {
    const auto& store = *m_templates.store;
    for (bool again = false;; again = true) {
        const bool old = store.has(key);
        try {
            m_clock.begin("template");
            const auto damage = store.make(
                key, spec, [&](vm::Machine& machine) { awaitHello(machine, choice.helloTime()); }, &m_cancel);
            m_making.reset();
            if (!damage.empty()) {
                const auto text = "the template was damaged in the cache and was made again: " + damage;
                m_observer.onEvent({.kind = Event::Kind::Warning, .text = text});
            }
            return restore(key, spec);
        } catch (const Error& error) {
            m_making.reset();
            if (error.code() == ErrorCode::Cancelled) throw;
            // With a KVM that hangs its guests, a boot would take as long, and be no proof of more.
            if (m_awaitsHello && choice.onTrial() && error.code() == ErrorCode::Timeout) throw;
            m_templates.refusal = error.message();
            // A template of an earlier run may be outdated, so make it again. A new one would fail again.
            if (old && !again) {
                store.remove(key);
            } else if (isLasting(error)) {
                store.refuse(key, error.message());
            }
            spec = prepared(prepare, spec.accelerator);
            if (!old || again) return std::nullopt;
        }
    }
}

std::unique_ptr<vm::Machine> Boot::start(vm::MachineSpec& spec, const Prepare& prepare) {
    m_clock.begin("start");
    try {
        return m_start(spec, m_cancel);
    } catch (const Error& error) {
        const bool ofStart = error.code() == ErrorCode::Machine || error.code() == ErrorCode::System;
        if (ofStart && spec.accelerator == vm::Accelerator::Kvm) {
            const auto rest = error.hint().empty() ? "" : "; " + error.hint();
            throw Error(error.code(), error.message(), "use --accel tcg" + rest);
        }
        if (!m_otherwise || !ofStart) throw;
        if (auto machine = startOtherwise(spec, prepare, error)) return machine;
        throw;
    }
}

/// Null if that fails too: the first failure says more.
std::unique_ptr<vm::Machine> Boot::startOtherwise(vm::MachineSpec& spec, const Prepare& prepare,
                                                  const Error& failure) {
    std::unique_ptr<vm::Machine> machine;
    try {
        spec = prepared(prepare, spec.accelerator);
        m_clock.begin("start");
        machine = m_otherwise(spec, m_cancel);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) throw;
        return nullptr;
    }
    const auto text = fmt::format("libvirt started QEMU, because rootlayer could not: {}", failure.message());
    m_observer.onEvent({.kind = Event::Kind::Note, .text = text});
    m_templates.refusal += (m_templates.refusal.empty() ? "" : "; ") + text;
    return machine;
}

BootedMachine Boot::bootOnce(vm::MachineSpec& spec, const Prepare& prepare,
                             std::chrono::milliseconds timeout) {
    BootedMachine booted;
    booted.machine = start(spec, prepare);
    m_clock.begin("hello");
    booted.connection = std::make_unique<protocol::Connection>(booted.machine->takePort(protocol::kPortName),
                                                               "the guest", &m_cancel);
    try {
        booted.hello = session::Session(*booted.connection, m_observer, {.hello = timeout}).hello();
    } catch (const Error& error) {
        throw notUp(error, booted.machine->consoleTail());
    }
    return booted;
}

std::optional<BootedMachine> Boot::fromTemplate(const vm::AcceleratorChoice& choice, vm::MachineSpec& spec,
                                                const Prepare& prepare) {
    if (m_templates.store == nullptr) return std::nullopt;
    if (!m_templates.store->writable()) {
        // QEMU opens the memory file for writing, although it does not write to it.
        m_templates.refusal = "the cache cannot be written";
        return std::nullopt;
    }
    const auto key = m_templates.store->keyOf(spec, m_templates.image);
    if (const auto refusal = m_templates.store->refusal(key)) {
        m_templates.refusal = *refusal;
        return std::nullopt;
    }
    return tryTemplate(key, choice, spec, prepare);
}

BootedMachine Boot::fastest(const vm::AcceleratorChoice& choice, const Prepare& prepare) {
    if (auto waiting = fromStandby(choice.current(), prepare)) return std::move(*waiting);
    auto spec = prepared(prepare, choice.current());
    if (auto restored = fromTemplate(choice, spec, prepare)) return std::move(*restored);
    auto booted = bootOnce(spec, prepare, choice.helloTime());
    booted.coldReason = m_templates.refusal;
    return booted;
}

BootedMachine Boot::operator()(vm::AcceleratorChoice& choice, const Prepare& prepare) {
    for (;;) {
        if (!choice.reason().empty()) {
            m_observer.onEvent({.kind = Event::Kind::Note,
                                .text = "running without KVM, which is slower: " + choice.reason()});
        }
        try {
            auto booted = fastest(choice, prepare);
            choice.succeeded();
            booted.accelerator = choice.current();
            booted.reason = choice.reason();
            return booted;
        } catch (const Error& error) {
            if (!choice.failed(error.code(), error.message())) throw;
            // What it says was about KVM.
            if (m_templates.store != nullptr) m_templates.refusal.clear();
        }
    }
}

} // namespace rootlayer::run
