#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One entry of the cache. Any entry can be removed: it is made again when it is needed.
struct CacheEntry {
    /// What an entry holds.
    enum class Kind {
        Layer,       ///< base layers, converted to squashfs
        GuestImage,  ///< the kernel and initramfs that machines boot
        Kernel,      ///< a guest kernel, as it was fetched or built
        Template,    ///< a snapshot of a booted machine (docs/templates.md)
        Digest,      ///< the digest of a tar: base
        Appliance,   ///< the machine with which libguestfs reads and writes disks
        Capabilities ///< what libvirt knows about a QEMU
    };

    Kind kind = Kind::Layer;                       ///< what it holds
    std::string name;                              ///< unique among the entries of a kind
    std::uint64_t size = 0;                        ///< bytes on disk
    std::chrono::system_clock::time_point lastUse; ///< by a run
    /// The base (RunSpec::from) that last used the entry: printable, cut after 512 bytes. Empty if unknown,
    /// or if the entry belongs to no base.
    std::string lastBase;
};

/// "layer", "guest-image", "kernel", "template", "digest", "appliance" or "capabilities".
ROOTLAYER_API std::string name(CacheEntry::Kind kind);

/// A damaged entry that Cache::verify() found.
struct CacheDamage {
    CacheEntry entry;     ///< as it was before it was removed
    std::string reason;   ///< what is wrong, for people
    bool removed = false; ///< false: a run is using the entry
};

/// The cache in Settings::cacheDirectory. Safe while runs of this or another process use the cache: their
/// entries stay. Any number of Cache objects may use one directory.
class ROOTLAYER_API Cache final {
  public:
    /// Keeps a copy of the path. Does not touch the directory, which need not exist.
    explicit Cache(const Settings& settings) : m_directory(settings.cacheDirectory) {}

    /// All entries, the most recently used first.
    std::vector<CacheEntry> entries() const;
    /// Removes leftovers of killed processes, and the least recently used entries until at most `most` bytes
    /// are left. Returns the removed entries. More than `most` bytes may stay if runs use them.
    std::vector<CacheEntry> prune(std::uint64_t most) const;
    /// Reads all entries, removes damaged ones that are not in use, and returns what it found damaged. Throws
    /// Error{Cancelled}, and Error for a cache of another user.
    std::vector<CacheDamage> verify(const CancelToken& cancel = {}) const;

  private:
    std::string m_directory;
};

} // namespace rootlayer
