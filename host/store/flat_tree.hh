#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/stream.hh"
#include "store/file_spool.hh"
#include "store/layer_tree.hh"
#include "tar/tar_end.hh"

namespace rootlayer::tar {
class ForeignTar;
}

namespace rootlayer::store {

/// One name that a layer adds to the tree below it, changes in it, or removes from it.
struct TreeChange {
    enum class Kind { Added, Changed, Removed };
    Kind kind = Kind::Added;
    std::string path;        ///< of what is removed the top alone
    std::uint64_t names = 1; ///< with all that is below what is removed
    std::uint64_t bytes = 0; ///< of files, those that are removed for a removal
};
using OnTreeChange = std::function<void(const TreeChange&)>;

/// Changes an entry before it is taken; false: it is not taken.
using EditEntry = std::function<bool(layer::Entry&)>;

/// What a file system needs for a tree.
struct TreeExtent {
    std::uint64_t names = 0; ///< without the root
    std::uint64_t bytes = 0; ///< in blocks of 4 KiB, without the inodes
    std::uint64_t acls = 0;  ///< names that have a POSIX ACL
};

/// The one tree that the layers of an image make together (rules B1 to B16), as a machine would see it on
/// them. Names and attributes are kept in memory, about 500 bytes a name and at most 1 GiB of them; the data
/// of files in a spool.
class FlatTree final {
  public:
    /// Without a spool the data is not kept, and there is no write(). With a lower tree this one is what a
    /// layer on it has: directories that have no entry of their own are as they are there. None is owned; all
    /// may be null.
    FlatTree(FileSpool* spool, const CancelToken* cancel, const FlatTree* lower = nullptr);

    /// From here on the spool gets the digest of each file in place of its data: what is compared need not be
    /// kept. There is no write() then; a TreeCursor goes through the tree.
    void keepDigests() { m_digestsOnly = true; }

    /// Puts the next layer on top: the uncompressed tar of anybody, which is read to its end. A directory
    /// whose attributes are the same but for its time is no change. Throws Error{Image} that names the entry.
    /// Returns how the tar ends, for whoever knows what vouches for it.
    tar::TarEnd add(Source& tar, const OnTreeChange& onChange = {}, const EditEntry& edit = {});

    /// What has the path ("usr/bin"), without following links; "" is the root.
    std::optional<layer::Entry> entry(const std::string& path) const;

    TreeExtent extent() const;

    /// Writes it as one canonical tar (rules T1 to T11): no whiteouts, no entry for the root, hard links
    /// kept. Returns how many entries it has. Once.
    std::uint64_t write(Sink& out);

  private:
    class Merge;
    friend class TreeCursor;

    static layer::Entry named(const Node& node);
    void forgetHomes() const;
    void spool(tar::ForeignTar& file);
    Digest digestOf(const Inode& inode) const;
    const Node* find(const std::string& path) const;
    tar::TarEnd readEntries(Source& tar, LayerTree& tree, const EditEntry& edit);
    void findLowerData(LayerTree& tree) const;

    FileSpool* m_spool;
    const CancelToken* m_cancel;
    const FlatTree* m_lower;
    std::unique_ptr<Node> m_root;
    bool m_digestsOnly = false;
    std::uint64_t m_weight = 0; ///< bytes of memory, about
};

} // namespace rootlayer::store
