#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/entry.hh"
#include "tar/sparse_map.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::tar {

/// Reads a tar from any writer: v7, ustar, pax, star, and GNU with long names and sparse files. Names are raw
/// bytes, neither converted nor normalised. A tar that two readers could understand differently is refused.
/// Every fault is Error{Image} whose context is the entry's number. Memory is bounded for any input.
class ForeignTar final {
  public:
    /// `source` is uncompressed and not owned.
    explicit ForeignTar(Source& source);

    /// The next entry, valid until the next call. Skips the rest of the current entry's data. nullptr at the
    /// end of the tar; the source has been read to its last byte then. If the source ends between two
    /// entries, the tar ends there.
    const layer::Entry* next();
    /// The next piece of a File's data, with holes filled with zeros; empty at its end.
    std::string_view data();
    /// The headers of the current entry, uninterpreted.
    const TarMember& member() const { return *m_member; }
    /// The number of the current entry, counted from 1.
    std::uint64_t number() const { return m_blocks.number(); }
    /// After next() returned nullptr: how the tar ends. The caller decides whether that is acceptable.
    const TarEnd& end() const { return m_blocks.end(); }

  private:
    const layer::Entry* readEntry(const TarMember& member);
    void takeIds(const TarMember& member);
    void takeType(const TarMember& member, char type);
    void takePax(const PaxRecords& records);
    void takeSparse(const TarMember& member);
    void readSparseTable();
    std::string readBlock();
    std::string_view piece(std::uint64_t most);

    TarBlocks m_blocks;
    layer::Entry m_entry;
    const TarMember* m_member = nullptr;

    SparseMap m_map;
    std::size_t m_extent = 0;     ///< index of the extent that m_position is in or before
    std::uint64_t m_position = 0; ///< offset in the file, including holes
    std::uint64_t m_holes = 0;    ///< bytes of holes in all files so far
};

} // namespace rootlayer::tar
