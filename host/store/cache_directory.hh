#pragma once

#include <string>

namespace rootlayer::store {

/// The cache on disk: CACHE/{guest,kernel,layers,libvirt,...}, each part made and filled by the one it
/// belongs to, mode 0700. Everything in it can be made anew.
class CacheDirectory final {
  public:
    /// Makes it if need be. Throws Error{Input} when it is another user's, when it cannot be written, or when
    /// a version of rootlayer made it that arranges it in another way.
    explicit CacheDirectory(std::string path);

    const std::string& path() const { return m_path; }
    /// The path of a part; its directory is made.
    std::string part(const std::string& name) const;
    std::string layers() const { return part("layers"); }

  private:
    std::string m_path;
};

} // namespace rootlayer::store
