#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/slice.hh"
#include "base/stream.hh"
#include "tar/pax_records.hh"
#include "tar/tar_end.hh"
#include "tar/tar_header.hh"

namespace rootlayer::tar {

/// A header that extends the next entry: pax ('x', or Solaris' 'X'; 'g' extends all following entries) or GNU
/// ('L': the name, 'K': the link target).
struct TarExtension {
    char type = 'x';
    std::string block; ///< its own header block
    std::string body;  ///< at most 1 MiB, without the padding
};

/// One entry of a tar, uninterpreted.
struct TarMember {
    std::uint64_t number = 0; ///< counted from 1
    std::string block;        ///< the header, 512 bytes
    TarHeader header;
    std::vector<TarExtension> extensions;
    PaxRecords pax;                         ///< of the last 'x' or 'X' header
    std::vector<std::string> sparseHeaders; ///< GNU type 'S': the blocks between the header and the data
    std::uint64_t stored = 0;               ///< bytes of data in the tar
    std::uint64_t offset = 0;               ///< offset of the data in the tar
    bool cleanPadding = true;               ///< the padding of the previous entry's data is zeros
};

/// Iterates over the blocks of a tar from any writer: v7, ustar, pax, star or GNU. Finds headers, extension
/// headers and data, and leaves their meaning to the caller: ForeignTar reads entries, TarIndex records where
/// the data is, audit::auditLayer() checks how they are written. docs/foreign-tar.md documents the decisions
/// that are made here for all three. Memory is bounded for any input.
class TarBlocks final {
  public:
    /// `source` is uncompressed and not owned.
    explicit TarBlocks(Source& source);
    /// `slice` is uncompressed and not owned. Data that is not asked for is skipped without reading it.
    explicit TarBlocks(const Slice& slice);

    /// The next entry, valid until the next call. Skips the rest of the data. nullptr at the end of the tar,
    /// which has been read to its last byte then. Throws Error{Image} with the entry's number in its context
    /// if the next entry cannot be found.
    const TarMember* next();
    /// The next piece of the entry's data, at most `most` bytes. Empty at its end; also where the tar is
    /// truncated, and then left() is not 0.
    std::string_view data(std::uint64_t most);
    /// Remaining bytes of the entry's data.
    std::uint64_t left() const { return m_left; }
    /// The number of the entry that next() returned or failed to return, counted from 1.
    std::uint64_t number() const { return m_member.number; }
    /// After next() returned nullptr: how the tar ends. The caller decides whether that is acceptable.
    const TarEnd& end() const { return m_end; }
    /// Whether the last exception came from the source itself.
    bool failedReading() const { return m_reading; }

  private:
    const TarMember* read();
    bool takeExtension(const std::string& block, const TarHeader& header);
    void takeSparseHeaders();
    void takeEnd();
    /// False if the tar ended within the padding.
    bool skipData();
    std::string_view piece(std::uint64_t most);
    std::uint64_t skip(std::uint64_t most);
    std::string exactly(std::size_t count);
    bool fill();

    Source* m_source = nullptr;
    const Slice* m_slice = nullptr;
    std::string m_buffer;
    std::size_t m_first = 0; ///< start of the unread bytes in the buffer
    std::size_t m_last = 0;
    std::uint64_t m_read = 0; ///< bytes of the tar that were read (including the buffer) or skipped
    bool m_reading = false;

    TarMember m_member;
    std::uint64_t m_left = 0;
    std::size_t m_padding = 0;
    TarEnd m_end;
};

} // namespace rootlayer::tar
