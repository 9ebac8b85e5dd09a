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

/// The result of a KVM probe.
struct KvmProbe {
    bool usable = false;
    std::string reason; ///< why not, as part of a sentence
};

/// Opens the device for reading and writing and creates an empty VM. Success does not prove that a guest
/// boots: on some hosts it hangs.
KvmProbe probeKvmDevice(const std::string& device = "/dev/kvm");

/// The accelerator that works on this host, found by booting a guest.
struct AcceleratorVerdict {
    Accelerator accelerator = Accelerator::Tcg;
    std::string reason; ///< why KVM does not work

    friend bool operator==(const AcceleratorVerdict&, const AcceleratorVerdict&) = default;
};

/// The key for which a verdict is valid: the host's boot (/proc/sys/kernel/random/boot_id), QEMU (path, size,
/// time) and the guest's kernel. `qemu` is as in MachineSpec. One line.
std::string acceleratorKey(const Digest& kernel, const std::string& qemu = {});

/// Keeps verdicts in a directory of the cache, one small file each. Files are replaced atomically, and a
/// damaged file counts as missing. The verdict that KVM failed expires after a day, because the host may have
/// been busy.
class AcceleratorCache final {
  public:
    /// The directory is created by the first remember().
    explicit AcceleratorCache(CachePart directory) : m_directory(std::move(directory)) {}

    std::optional<AcceleratorVerdict> recall(const std::string& key) const;
    /// Throws if the directory cannot be written.
    void remember(const std::string& key, const AcceleratorVerdict& verdict) const;
    void forget(const std::string& key) const noexcept;

  private:
    std::string fileOf(const std::string& key) const;

    CachePart m_directory;
};

/// Timeout from the start to the agent's hello for a KVM that has not worked here before. Without KVM a boot
/// takes two or three seconds.
constexpr std::chrono::milliseconds kKvmTrialTime{4000};
/// Timeout for any other machine. A boot takes two or three seconds on an idle host, and much longer on a
/// busy one.
constexpr std::chrono::milliseconds kHelloTime{90000};

/// Chooses an accelerator and falls back from KVM to TCG. The caller starts a machine with current(), waits
/// at most helloTime() for the agent's hello, and reports the result:
///
///     AcceleratorChoice choice(policy, [] { return probeKvmDevice(); }, &memory, acceleratorKey(kernel));
///     for (bool up = false; !up;) {
///         try {
///             start(choice.current());
///             waitForHello(choice.helloTime());
///             choice.succeeded();
///             up = true;
///         } catch (const Error& error) {
///             if (!choice.failed(error.code(), error.what())) throw;
///         }
///     }
class AcceleratorChoice final {
  public:
    using Probe = std::function<KvmProbe()>;

    /// `memory` may be null; it is not owned. Throws Error{Machine} if the policy is Kvm and the probe fails.
    AcceleratorChoice(AcceleratorPolicy policy, const Probe& probe, const AcceleratorCache* memory,
                      std::string key);

    Accelerator current() const { return m_current; }
    std::chrono::milliseconds helloTime() const;
    /// Whether current() is KVM, may be given up, and has never worked here.
    bool onTrial() const;
    /// Call if the agent said hello.
    void succeeded();
    /// Call if it did not. True: try again with current(), which is TCG now. False: the failure is final.
    /// Falls back only if the machine did not start, died or did not answer; other errors are not KVM's
    /// fault.
    bool failed(ErrorCode code, std::string_view what);
    /// One line for the user: why the machine does not use KVM. Empty if it does, or if TCG was asked for.
    const std::string& reason() const { return m_reason; }

  private:
    void fallBack(std::string reason);
    void remember() const noexcept;

    AcceleratorPolicy m_policy;
    const AcceleratorCache* m_memory;
    std::string m_key;
    Accelerator m_current = Accelerator::Tcg;
    bool m_proven = false; ///< KVM has worked here before
    std::string m_reason;
};

} // namespace rootlayer::vm
