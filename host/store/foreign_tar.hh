#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hh"
#include "layer/entry.hh"
#include "store/pax_records.hh"
#include "store/sparse_map.hh"
#include "store/tar_end.hh"
#include "store/tar_header.hh"

namespace rootlayer::store {

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
    std::uint64_t number() const { return m_number; }
    /// After next() gave nullptr: how the tar ends, for whoever knows what vouches for it.
    const TarEnd& end() const { return m_tarEnd; }

  private:
    const layer::Entry* readEntry();
    void takeEntry(const TarHeader& header, std::string_view block);
    void takeType(const TarHeader& header);
    void takePax(const TarHeader& header);
    void takeSparse(const TarHeader& header, std::string_view block);
    void readSparseTable();
    void skipData();
    std::string readBody(const TarHeader& header, std::string_view what);
    std::string readLongName(const TarHeader& header);
    std::string_view piece(std::uint64_t most);
    std::string readExactly(std::size_t count);
    std::string readBlock();
    bool fill();

    Source& m_source;
    std::string m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    bool m_reading = false; ///< the source is at work

    layer::Entry m_entry;
    std::uint64_t m_number = 0;
    TarEnd m_tarEnd;
    PaxRecords m_pax;
    std::string m_longName;
    std::string m_longLink;

    SparseMap m_map;
    std::size_t m_extent = 0;     ///< the one that `m_position` is in or before
    std::uint64_t m_position = 0; ///< in the file, holes counted
    std::uint64_t m_stored = 0;   ///< bytes of it that are still in the tar
    std::size_t m_padding = 0;
    std::uint64_t m_holes = 0; ///< in all files so far
};

} // namespace rootlayer::store
