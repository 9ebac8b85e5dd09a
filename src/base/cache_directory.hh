#pragma once

#include <string>
#include <utility>

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

/// A part of a cache, for who is made before the cache is known to be wanted: the cache is opened, and the
/// part made, when the path is first asked for.
class CachePart final {
  public:
    using Part = std::string (CacheDirectory::*)() const;

    CachePart(std::string cache, Part part) : m_path(std::move(cache)), m_part(part) {}
    /// A directory that stands for a part, whatever it is.
    CachePart(std::string path) : m_path(std::move(path)) {} // NOLINT(google-explicit-constructor)

    /// Throws as CacheDirectory does.
    std::string path() const { return m_part == nullptr ? m_path : (CacheDirectory(m_path).*m_part)(); }

  private:
    std::string m_path;
    Part m_part = nullptr;
};

} // namespace rootlayer
