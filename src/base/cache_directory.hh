#pragma once

#include <string>

namespace rootlayer {

/// The cache on disk, and the only door to its parts: CACHE/{layers,guest,kernel,...}, each a directory of
/// mode 0700 that is filled by the module it belongs to. Everything in it can be made anew.
class CacheDirectory final {
  public:
    /// Makes it if need be. Throws Error{Input} when it is another user's, when it cannot be written, or when
    /// a version of rootlayer made it that arranges it in another way.
    explicit CacheDirectory(std::string path);

    const std::string& path() const { return m_path; }
    // The path of each part; its directory is made.
    std::string accelerators() const { return part("accelerators"); }
    std::string appliances() const { return part("appliances"); }
    std::string digests() const { return part("digests"); }
    std::string guestImages() const { return part("guest"); }
    std::string kernels() const { return part("kernel"); }
    std::string layers() const { return part("layers"); }
    std::string libvirt() const { return part("libvirt"); }
    std::string templates() const { return part("templates"); }

  private:
    std::string part(const char* name) const;

    std::string m_path;
};

} // namespace rootlayer
