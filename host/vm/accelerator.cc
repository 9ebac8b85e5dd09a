#include "vm/accelerator.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "vm/architecture.hh"

namespace rootlayer::vm {

namespace {

/// The first line of QEMU's own message in an error, without libvirt's prefix and without the failed
/// assertion that may follow.
std::string_view firstWords(std::string_view what) {
    what = what.substr(0, std::min(what.find('\n'), what.find("\\n")));
    const auto speaker = fmt::format("{}: ", architecture().qemuProgram);
    const auto at = what.find(speaker);
    return at == std::string_view::npos ? what : what.substr(at + speaker.size());
}

} // namespace

std::string_view name(Accelerator accelerator) {
    return accelerator == Accelerator::Kvm ? "kvm" : "tcg";
}

AcceleratorChoice::AcceleratorChoice(AcceleratorPolicy policy, const Probe& probe,
                                     const AcceleratorCache* memory, std::string key)
    : m_policy(policy), m_memory(memory), m_key(std::move(key)) {
    if (policy == AcceleratorPolicy::Tcg) return;
    const auto found = probe();
    if (!found.usable && policy == AcceleratorPolicy::Kvm) {
        throw Error(ErrorCode::Machine, fmt::format("KVM cannot be used: {}", found.reason),
                    "get access to /dev/kvm (group kvm), or use --accel tcg");
    }
    if (!found.usable) {
        fallBack(found.reason);
        return;
    }
    const auto verdict = memory != nullptr ? memory->recall(m_key) : std::nullopt;
    const bool failedBefore = verdict && verdict->accelerator == Accelerator::Tcg;
    if (failedBefore && policy == AcceleratorPolicy::Auto) {
        fallBack(verdict->reason);
        return;
    }
    m_current = Accelerator::Kvm;
    m_proven = verdict && verdict->accelerator == Accelerator::Kvm;
}

bool AcceleratorChoice::onTrial() const {
    return m_policy == AcceleratorPolicy::Auto && m_current == Accelerator::Kvm && !m_proven;
}

std::chrono::milliseconds AcceleratorChoice::helloTime() const {
    return onTrial() ? kKvmTrialTime : kHelloTime;
}

void AcceleratorChoice::succeeded() {
    if (m_current != Accelerator::Kvm || m_proven) return;
    m_proven = true;
    remember();
}

bool AcceleratorChoice::failed(ErrorCode code, std::string_view what) {
    const bool aboutMachine =
        code == ErrorCode::Machine || code == ErrorCode::Timeout || code == ErrorCode::Protocol;
    if (m_policy != AcceleratorPolicy::Auto || m_current != Accelerator::Kvm || !aboutMachine) return false;
    fallBack(code == ErrorCode::Timeout
                 ? std::string("a guest was started with it and never answered")
                 : fmt::format("a guest was started with it and failed ({})", firstWords(what)));
    remember();
    return true;
}

void AcceleratorChoice::fallBack(std::string reason) {
    m_current = Accelerator::Tcg;
    m_reason = std::move(reason);
}

void AcceleratorChoice::remember() const noexcept {
    if (m_memory == nullptr) return;
    try {
        m_memory->remember(m_key, {m_current, m_reason});
    } catch (const std::exception&) {
        // Not fatal: the next run tries again.
    }
}

} // namespace rootlayer::vm
