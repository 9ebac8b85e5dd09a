#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/digest.hh"
#include "base/directory_cache.hh"
#include "base/stream.hh"
#include "layer/openable_layer.hh"
#include "store/base_acls.hh"

namespace rootlayer::store {

/// A layer as a read-only squashfs image whose root is a lower directory of an overlay.
struct LayerDisk {
    std::string path;       ///< absolute if the cache's directory is
    std::uint64_t size = 0; ///< bytes, a multiple of 4096
    CacheHold hold;         ///< keeps the file in the cache while it lives
    /// 0: the disk is one layer. Otherwise it has this many layers, bottom first, in directories "0", "1"...
    std::size_t directories = 0;
    std::uint64_t inode = 0; ///< the file's inode number
};

/// Converts base layers to disks at their first use and caches them. Several processes may use the same
/// directory.
class LayerStore final {
  public:
    /// `directory` is CACHE/layers (see CacheDirectory). It is created if it is missing.
    explicit LayerStore(const std::string& directory);

    /// The disks of the layers, bottom first. Consecutive small layers share a disk, because mounting one
    /// takes a guest without KVM 4 ms. Converts layers that are missing or damaged. Reports Progress in the
    /// phase "convert", a Warning for each damaged entry, and at every call a Warning for attributes that a
    /// disk cannot hold. Throws Error{Image} naming layer and entry if a layer is malformed; it is not cached
    /// then. If `user` is not empty, each cache entry remembers it as its last user (base/last_user.hh). If
    /// `acls` is not null, it receives the ACLs of the base.
    std::vector<LayerDisk> disksFor(const std::vector<layer::OpenableLayer>& layers,
                                    Observer* observer = nullptr, const CancelToken* cancel = nullptr,
                                    const std::string& user = {}, BaseAcls* acls = nullptr) const;

    /// Reads all of these disks, which disksFor() returned, and removes the damaged ones. Returns a sentence
    /// for each. A disk that another run has replaced since counts as damaged and is not removed.
    std::vector<std::string> removeDamaged(const std::vector<LayerDisk>& disks) const;
    /// Removes the leftovers of killed processes.
    void sweep() const { m_cache.sweep(); }

  private:
    struct Kept;
    std::vector<Kept> keptLayers(const std::vector<layer::OpenableLayer>& layers, Observer* observer,
                                 const CancelToken* cancel, const std::string& user) const;
    static BaseAcls baseAcls(const std::vector<Kept>& kept, const CancelToken* cancel);
    LayerDisk bundle(const std::vector<layer::OpenableLayer>& layers, const std::vector<Kept>& kept,
                     std::size_t first, std::size_t count, Observer* observer, const CancelToken* cancel,
                     const std::string& user) const;

    DirectoryCache m_cache;
};

/// The ChainID of a layer on top of the layers with the ChainID `below` (OCI config.md, "Layer ChainID").
/// `below` is empty for the bottom layer.
Digest chainId(const Digest& below, const Digest& diffId);

} // namespace rootlayer::store
