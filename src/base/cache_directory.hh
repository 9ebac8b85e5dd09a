#pragma once

#include <string>
#include <utility>

namespace rootlayer {

/// The cache on disk, mode 0700, and the only way to its parts: CACHE/{layers,guest,kernel,...}. The module
/// that a part belongs to creates and fills it. All contents can be created again.
class CacheDirectory final {
  public:
    /// Creates it if it is missing. Throws Error{Input} if it belongs to another user, cannot be written, or
    /// was created by a version of rootlayer with another layout, or if other users can write to it.
    explicit CacheDirectory(std::string path);

    const std::string& path() const { return m_path; }
    // The path of each part, which may be missing: a cache on a read-only file system can be used. Throws if
    // the part belongs to another user, or if other users can write to it.
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

/// A part of a cache that is not opened yet: for objects that exist before anything needs the cache.
class CachePart final {
  public:
    using Part = std::string (CacheDirectory::*)() const;

    CachePart(std::string cache, Part part) : m_path(std::move(cache)), m_part(part) {}
    /// A directory used as a part without the checks of CacheDirectory, for tests.
    explicit CachePart(std::string path) : m_path(std::move(path)) {}

    /// Opens the cache and returns the path of the part. Throws as CacheDirectory does.
    std::string path() const { return m_part == nullptr ? m_path : (CacheDirectory(m_path).*m_part)(); }

  private:
    std::string m_path;
    Part m_part = nullptr;
};

} // namespace rootlayer
