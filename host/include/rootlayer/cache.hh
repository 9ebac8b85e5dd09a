#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One thing in the cache. All of it can be made again.
struct CacheEntry {
    enum class Kind { Layer, GuestImage, Kernel, Template, Digest, Appliance, Capabilities };

    Kind kind = Kind::Layer;
    std::string name;
    std::uint64_t size = 0; ///< bytes that it takes on the disk
    std::chrono::system_clock::time_point lastUse;
    /// The base (RunSpec::from) that used it last: printable, cut after 512 bytes. Empty where it is for all
    /// of them, or nothing is known.
    std::string lastBase;
};

/// "layer", "guest-image", "kernel", "template", "digest", "appliance", "capabilities".
ROOTLAYER_API std::string name(CacheEntry::Kind kind);

/// What a check of an entry found.
struct CacheDamage {
    CacheEntry entry;
    std::string reason;
    bool removed = false; ///< false: a run is using it
};

/// The cache of `Settings::cacheDirectory`: what takes room in it, and less of that. Safe with runs in
/// flight, of this process and of others: what they use stays. Any number of objects may look at one cache.
class ROOTLAYER_API Cache final {
  public:
    explicit Cache(const Settings& settings) : m_directory(settings.cacheDirectory) {}

    /// All of it, what was used last first.
    std::vector<CacheEntry> entries() const;
    /// Removes what was used longest ago until at most so many bytes are left, and what killed processes
    /// left. Returns what is gone; more than `most` may stay when runs use it.
    std::vector<CacheEntry> prune(std::uint64_t most) const;
    /// Reads all of it, and removes what is not as it was made. Throws Error{Cancelled}.
    std::vector<CacheDamage> verify(const CancelToken& cancel = {}) const;

  private:
    std::string m_directory;
};

} // namespace rootlayer
