#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/entry.hh"
#include "tar/sparse_map.hh"
#include "tar/tar_blocks.hh"

namespace rootlayer::tar {

/// Reads a tar that anybody may have written: v7, ustar, pax, star, GNU with long names and sparse files.
/// Names are the bytes that stand there, neither converted nor normalised. Where two readers could understand
/// two things it refuses: every fault is Error{Image} whose context is the entry's number. Memory is bounded,
/// whatever it reads.
class ForeignTar final {
  public:
    /// `source` gives uncompressed bytes; not owned.
    explicit ForeignTar(Source& source);

    /// The next entry (valid until the next call), past what is left of the present one's data; nullptr at
    /// the end, which has been read to the last byte of the source then. The end of the source between two
    /// entries is an end too.
    const layer::Entry* next();
    /// The next piece of a File's data, holes filled with zeros; empty at its end.
    std::string_view data();
    /// Counts from 1.
    std::uint64_t number() const { return m_blocks.number(); }
    /// After next() gave nullptr: how the tar ends, for whoever knows what vouches for it.
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

    SparseMap m_map;
    std::size_t m_extent = 0;     ///< the one that `m_position` is in or before
    std::uint64_t m_position = 0; ///< in the file, holes counted
    std::uint64_t m_holes = 0;    ///< in all files so far
};

} // namespace rootlayer::tar
