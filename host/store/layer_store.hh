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

/// A layer as a disk image: squashfs, read-only, in the form of an overlay's lower directory.
struct LayerDisk {
    std::string path;       ///< absolute if the cache's directory is
    std::uint64_t size = 0; ///< bytes, a multiple of 4096
    CacheHold hold;         ///< the file stays while this lives
    /// 0: the disk is one layer. Else it holds this many, bottom first, in directories "0", "1"...
    std::size_t directories = 0;
    std::uint64_t inode = 0; ///< of the file
};

/// Base layers as disks, each converted at its first use and kept. Safe with other processes on the same
/// directory.
class LayerStore final {
  public:
    /// `directory` is CACHE/layers (see CacheDirectory); made if need be.
    explicit LayerStore(const std::string& directory);

    /// The disks of the layers, bottom first; small layers that follow one another are put into one disk, for
    /// a guest takes 4 ms to mount one. Converts what is missing or damaged; reports Progress in the
    /// phase "convert" while it does, a Warning for what was damaged, and one, every time, for what a disk
    /// cannot hold. Throws Error{Image} for a malformed layer, naming layer and entry; nothing of it is kept
    /// then.
    /// Each entry remembers the last `user`, if one is told (base/last_user.hh). `acls`, if wanted, becomes
    /// those of the base.
    std::vector<LayerDisk> disksFor(const std::vector<layer::OpenableLayer>& layers,
                                    Observer* observer = nullptr, const CancelToken* cancel = nullptr,
                                    const std::string& user = {}, BaseAcls* acls = nullptr) const;

    /// Reads all of these, which disksFor() gave, removes what is not as it was made, and says what was
    /// wrong.
    /// One that another run put anew into its place meanwhile was damaged, too.
    std::vector<std::string> removeDamaged(const std::vector<LayerDisk>& disks) const;
    /// Removes what killed processes left.
    void sweep() const { m_cache.sweep(); }

  private:
    struct Kept;
    std::vector<Kept> keptLayers(const std::vector<layer::OpenableLayer>& layers, Observer* observer,
                                 const CancelToken* cancel, const std::string& user) const;
    static BaseAcls baseAcls(const std::vector<Kept>& kept);
    LayerDisk bundle(const std::vector<layer::OpenableLayer>& layers, const std::vector<Kept>& kept,
                     std::size_t first, std::size_t count, Observer* observer, const CancelToken* cancel,
                     const std::string& user) const;

    DirectoryCache m_cache;
};

/// ChainID of a layer (OCI config.md, "Layer ChainID"), given that of the layers below; `below` is empty for
/// the first.
Digest chainId(const Digest& below, const Digest& diffId);

} // namespace rootlayer::store
