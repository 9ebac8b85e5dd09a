#pragma once

// FlatTree: all layers of an image merged into one tree, without a VM.
//
// export, diff and the squashing of layers need the files of an image as a whole. A run gets them from
// overlayfs in the guest. Here the host merges the layers itself, and it must not create any of their
// names: they may be hostile, and owners, devices and attributes would need root.
//
// An example of two layers:
//
//     lower:  etc/  etc/a  etc/b          upper:  etc/.wh.a  etc/b  usr/c
//
// The tree has etc, the etc/b of the upper layer, usr and usr/c, and write() gives them in the order of a
// canonical layer, with 0755 and root for usr, which has no entry anywhere.
//
// add() takes one layer after the other, from the bottom. The layer's tar goes through the same reader
// (tar::ForeignTar) and the same LayerTree as a conversion for the guest, so both understand a layer in the
// same way. The finished LayerTree is then merged: a whiteout removes a name, an opaque directory hides what
// was below it, directories merge, any other name replaces the old one. Nodes move from the layer's tree
// into the merged one, and each change can be reported (OnTreeChange).
//
// Names and attributes are in memory, about 500 bytes for each name; their memory and the sum of their paths
// are bounded (tree_limits.hh). The data of files goes to a FileSpool in the order in which it arrives, and
// write() reads it back in the order of the names. A caller that only compares trees keeps digests instead
// (keepDigests() and TreeCursor). Files of the host are not copied to the spool: write() reads them where
// they are (EntrySource and OutsideFiles).
//
// Rejected: reading the layers from the top, which would not have to store data that an upper layer hides.
// But an upper layer can need a lower one: for the attributes of directories without an entry (B3) and
// for hard links to lower files (B10). Also rejected: mounting an overlay on the host, which needs root
// and the kernel's file system code for untrusted data.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/digest.hh"
#include "base/stream.hh"
#include "store/entry_source.hh"
#include "store/file_spool.hh"
#include "store/layer_tree.hh"
#include "store/path_finder.hh"
#include "store/tree_limits.hh"
#include "tar/tar_end.hh"

namespace rootlayer::tar {
class ForeignTar;
}

namespace rootlayer::store {

/// One name that a layer adds, changes or removes.
struct TreeChange {
    enum class Kind { Added, Changed, Removed };
    Kind kind = Kind::Added;
    std::string path;        ///< a removed tree is reported once, for its top
    std::uint64_t names = 1; ///< of a removed tree, all of its names
    std::uint64_t bytes = 0; ///< size of the file; of a removal, of all files that have no other name left
};
using OnTreeChange = std::function<void(const TreeChange&)>;

/// Edits an entry before it is added. If it returns false, the entry is skipped.
using EditEntry = std::function<bool(layer::Entry&)>;

/// The size of a tree in a file system.
struct TreeExtent {
    std::uint64_t names = 0; ///< without the root
    std::uint64_t bytes = 0; ///< in whole blocks of 4 KiB, without the inodes
    std::uint64_t acls = 0;  ///< number of inodes that have a POSIX ACL
};

/// The merged tree of an image's layers. Names and attributes are kept in memory, about 500 bytes for each
/// name and at most kMaxTreeMemory, the layer that is being added included; the data of files is kept in a
/// spool.
class FlatTree final {
  public:
    /// Without a spool data is not kept and write() cannot be called. `lower` is the tree below a single
    /// layer: directories without an entry take their attributes from it. None of the pointers is owned; all
    /// may be null.
    FlatTree(FileSpool* spool, const CancelToken* cancel, const FlatTree* lower = nullptr);

    /// From now on the spool keeps the digest of each file instead of its data, which is enough to compare
    /// trees with a TreeCursor. write() cannot be called then.
    void keepDigests() { m_digestsOnly = true; }

    /// Adds the next layer on top. `tar` is an uncompressed tar from any writer; it is read to its end. A
    /// directory in which only the time differs is not reported as changed. Throws Error{Image} naming the
    /// entry. Returns how the tar ends; the caller decides whether that is acceptable.
    tar::TarEnd add(Source& tar, const OnTreeChange& onChange = {}, const EditEntry& edit = {});

    /// Adds a layer whose entries are no tar and whose files have their data in `files`, which write() reads:
    /// not owned, and the same in every call.
    void add(EntrySource& entries, OutsideFiles& files, const EditEntry& edit = {});

    /// The entry at a canonical path ("usr/bin"), without following links; "" is the root. Paths that share
    /// directories are found fastest one after the other.
    std::optional<layer::Entry> entry(const std::string& path) const;

    TreeExtent extent() const;

    /// Writes the tree as one canonical tar (docs/layer-format.md): no whiteouts, no entry for the root, hard
    /// links kept. Returns the number of entries. May be called once.
    std::uint64_t write(Sink& out);

  private:
    friend class TreeCursor;

    static layer::Entry named(const Node& node, const std::string& path);
    void forgetHomes() const;
    void look() const {
        if (m_cancel != nullptr) m_cancel->check();
    }
    void spool(tar::ForeignTar& file);
    Digest digestOf(const Inode& inode) const;
    const Node* find(std::string_view path) const { return m_finder.find(*m_root, path); }
    tar::TarEnd readEntries(Source& tar, LayerTree& tree, const EditEntry& edit);
    void merge(LayerTree& tree, const OnTreeChange& onChange);
    void copyData(const Inode& inode, Sink& out);
    void findLowerData(LayerTree& tree) const;

    FileSpool* m_spool;
    OutsideFiles* m_outside = nullptr;
    const CancelToken* m_cancel;
    const FlatTree* m_lower;
    std::unique_ptr<Node> m_root;
    bool m_digestsOnly = false;
    TreeBudget m_budget;
    mutable PathFinder m_finder;
};

} // namespace rootlayer::store
