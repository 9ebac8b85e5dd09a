#pragma once

// TemplateStore: frozen machines, from which a run starts without booting.
//
// Without KVM most of a short run is the boot of its machine: two to three seconds. Every boot of the same
// machine comes to the same state, in which the agent has said hello and waits for its first request. So
// the machine is frozen there once, and later runs restore it, which takes a tenth of a second. With
// KVM a boot takes about a second, and restoring a machine is several times faster, too.
//
// A template is a directory of the cache with the machine's memory as a sparse file (about 100 MB in use)
// and QEMU's migration stream without the memory (half a megabyte). It is valid for one host boot, QEMU,
// kernel, initramfs and command line, and with KVM for one kernel and processor of the host; all of them go
// into its key. The machine is frozen with blank disks, so nothing of a user, a base image or a run is in it.
//
// An example, the first two runs of `rootlayer run --accel tcg`:
//
//     run 1   make()      boots a machine with blank disks, waits for the hello, freezes it, kills it
//             restore()   starts QEMU with the run's disks, loads the state, resumes
//     run 2   restore()
//
// Run 1 uses the template too. It cannot continue with the machine that it has booted, because the memory
// of that machine is the template. A restored QEMU maps the memory file privately, so the file stays as it
// is. The guest must not have probed its disks before it was frozen; the caller's `Ready` checks that.
//
// prepare() stops before the machine resumes: it then waits, using no CPU time, for the next run of a
// process that calls the library repeatedly (run/standby_slot.hh).
//
// A damaged template is made again. If creating or restoring a machine fails for a reason that would occur
// again, the caller calls refuse(), and for an hour no run tries. The eight templates that were used last
// are kept.
//
// Rejected: libvirt for these machines. It has no way to keep the memory in a file of ours and to freeze
// and restore a machine without copying it, so QEMU is started directly (qemu_machine.hh).
//
// docs/templates.md describes the format, the protection, and QEMU's peculiarities.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <rootlayer/cancel.hh>

#include "base/cache_directory.hh"
#include "base/directory_cache.hh"
#include "vm/machine.hh"
#include "vm/qemu/qemu_machine.hh"

namespace rootlayer::vm {

/// The templates in one directory of the cache.
class TemplateStore final {
  public:
    /// `runtimeDirectory` is the parent of a RunDirectory.
    TemplateStore(CachePart directory, std::string runtimeDirectory)
        : m_directory(std::move(directory)), m_runtimeDirectory(std::move(runtimeDirectory)) {}

    /// Waits for the hello of the machine's agent, and throws if the machine cannot be frozen. May take its
    /// ports.
    using Ready = std::function<void(Machine&)>;

    /// The key of the template for `spec`. `image` identifies kernel and initramfs (their digests). Disks and
    /// directory of `spec` are ignored.
    std::string keyOf(const MachineSpec& spec, const std::string& image) const;

    /// Whether the directory can be written, as creating and restoring templates needs.
    bool writable() const;
    /// Whether there is a template for the key.
    bool has(const std::string& key) const;

    /// The reason of refuse() if it was called for the key within the last hour.
    std::optional<std::string> refusal(const std::string& key) const;

    /// Creates the template if it is missing or damaged: boots a machine like `spec` with blank disks,
    /// freezes it and kills it. If several processes call it, one creates the template and the others wait.
    /// Returns what was wrong with a damaged template, else "". Throws what QemuMachine and `ready` throw.
    std::string make(const std::string& key, const MachineSpec& spec, const Ready& ready,
                     const CancelToken* cancel) const;

    /// Restores and resumes a machine from the template, with the disks and the directory of `spec`. Throws
    /// like QemuMachine::restore().
    std::unique_ptr<Machine> restore(const std::string& key, const MachineSpec& spec,
                                     const CancelToken* cancel) const;

    /// Restores a machine from the template but does not resume it. Its /dev/vda is blank; `spec` has no
    /// layers.
    std::unique_ptr<PausedMachine> prepare(const std::string& key, const MachineSpec& spec,
                                           const CancelToken* cancel) const;

    /// Removes the template.
    void remove(const std::string& key) const;
    /// Reads the whole template and removes it if it is damaged. Returns what was wrong, else "".
    std::string removeDamaged(const std::string& key) const;
    /// Removes the template and remembers for an hour why there is none. Errors are ignored.
    void refuse(const std::string& key, const std::string& reason) const noexcept;

  private:
    Seal fill(const std::string& directory, const MachineSpec& spec, const Ready& ready,
              const CancelToken* cancel) const;
    FrozenMachine frozen(const std::string& key, const CancelToken* cancel) const;
    void removeOldest() const;

    DirectoryCache cache() const { return DirectoryCache(m_directory.path()); }

    CachePart m_directory;
    std::string m_runtimeDirectory;
};

} // namespace rootlayer::vm
