#pragma once

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

/// Frozen machines, to be restored instead of booted (docs/templates.md). A directory of the cache; an entry
/// is one machine, frozen after its agent's hello with empty disks: nothing of any run is in it. It holds for
/// one QEMU, kernel, initramfs, size and set of devices, and until the host boots again.
class TemplateStore final {
  public:
    /// `runtimeDirectory`: as for RunDirectory.
    TemplateStore(CachePart directory, std::string runtimeDirectory)
        : m_directory(std::move(directory)), m_runtimeDirectory(std::move(runtimeDirectory)) {}

    /// Waits until the machine's agent has said hello, and throws unless it can be frozen. May take the
    /// channel.
    using Ready = std::function<void(Machine&)>;

    /// The name of the template that suits `spec`, whose kernel and initramfs hold what `image` says (their
    /// digests). The disks and the directory do not matter.
    std::string keyOf(const MachineSpec& spec, const std::string& image) const;

    /// Can templates be made and restored, as far as the directory goes?
    bool writable() const;
    /// Is it there, and whole?
    bool has(const std::string& key) const;

    /// Why there will be none for now: it was tried in vain, within an hour.
    std::optional<std::string> refusal(const std::string& key) const;

    /// Makes the template unless it is there: boots a machine like `spec`, freezes and ends it. One at a
    /// time, though several processes may ask. Returns what was wrong with
    /// one that was there and damaged, else "". Throws what went wrong.
    std::string make(const std::string& key, const MachineSpec& spec, const Ready& ready,
                     const CancelToken* cancel) const;

    /// A machine like `spec` that goes on from the template. Throws Error{Machine} when it does not.
    std::unique_ptr<Machine> restore(const std::string& key, const MachineSpec& spec,
                                     const CancelToken* cancel) const;

    /// The same machine before it goes on, with a disk for reading that holds nothing; `spec` is without
    /// layers.
    std::unique_ptr<PausedMachine> prepare(const std::string& key, const MachineSpec& spec,
                                           const CancelToken* cancel) const;

    /// Takes it away: it was of no use.
    void remove(const std::string& key) const;
    /// Reads all of it, removes it when it is not as it was made, and says what was wrong; else "".
    std::string removeDamaged(const std::string& key) const;
    /// The same, and for an hour there will be none.
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
