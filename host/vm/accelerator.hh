#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/digest.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

enum class AcceleratorPolicy { Auto, Kvm, Tcg };

std::string_view name(Accelerator accelerator);

/// Whether KVM looks as if it could be used; if not, why, as part of a sentence.
struct KvmProbe {
    bool usable = false;
    std::string reason;
};

/// Opens the device for reading and writing, and makes an empty virtual machine with it. That this works does
/// not mean that a guest boots: hosts are known where it hangs.
KvmProbe probeKvmDevice(const std::string& device = "/dev/kvm");

/// What was found out by trying.
struct AcceleratorVerdict {
    Accelerator accelerator = Accelerator::Tcg;
    std::string reason; ///< why not KVM

    friend bool operator==(const AcceleratorVerdict&, const AcceleratorVerdict&) = default;
};

/// What a verdict is true for: this boot of the host (/proc/sys/kernel/random/boot_id), this QEMU (path,
/// size, time), this kernel. One line.
std::string acceleratorKey(const Digest& kernel);

/// Verdicts, kept in a directory of the cache, a small file each: written whole or not at all, and taken for
/// absent when damaged. That KVM failed is believed for a day only: the host may have been busy.
class AcceleratorCache final {
  public:
    /// The directory is made by the first remember().
    explicit AcceleratorCache(CachePart directory) : m_directory(std::move(directory)) {}

    std::optional<AcceleratorVerdict> recall(const std::string& key) const;
    /// Throws when the directory cannot be written.
    void remember(const std::string& key, const AcceleratorVerdict& verdict) const;
    void forget(const std::string& key) const noexcept;

  private:
    std::string fileOf(const std::string& key) const;

    CachePart m_directory;
};

/// How long a KVM that has never worked here may take from the start to the agent's hello: a boot takes less
/// than one second.
constexpr std::chrono::milliseconds kKvmTrialTime{4000};
/// How long any other machine may take: two or three seconds on an idle host, many times that on a busy one.
constexpr std::chrono::milliseconds kHelloTime{90000};

/// The way from a policy to a machine that answers. The caller starts a machine with current(), waits for the
/// hello at most helloTime(), and tells how it went:
///
///     AcceleratorChoice choice(policy, [] { return probeKvmDevice(); }, &memory, acceleratorKey(kernel));
///     for (;;) {
///         try { start(choice.current()); hello(Deadline::after(choice.helloTime())); choice.succeeded();
///         break; } catch (const Error& error) { if (!choice.failed(error.code(), error.what())) throw; }
///     }
///     if (!choice.reason().empty()) say(choice.reason());
class AcceleratorChoice final {
  public:
    using Probe = std::function<KvmProbe()>;

    /// The memory may be null. Throws Error{Machine} when the policy is Kvm and the probe says no.
    AcceleratorChoice(AcceleratorPolicy policy, const Probe& probe, const AcceleratorCache* memory,
                      std::string key);

    Accelerator current() const { return m_current; }
    std::chrono::milliseconds helloTime() const;
    /// The machine answered.
    void succeeded();
    /// It did not. True when another start with current() is worth it, which now is TCG; false when the
    /// failure stands. Only a machine that does not start, dies or is silent says something about the
    /// accelerator.
    bool failed(ErrorCode code, std::string_view what);
    /// One line for the user: why the machine does not use KVM. Empty when it does, or was not meant to.
    const std::string& reason() const { return m_reason; }

  private:
    void fallBack(std::string reason);
    void remember() const noexcept;

    AcceleratorPolicy m_policy;
    const AcceleratorCache* m_memory;
    std::string m_key;
    Accelerator m_current = Accelerator::Tcg;
    bool m_proven = false; ///< KVM is known to work here
    std::string m_reason;
};

} // namespace rootlayer::vm
