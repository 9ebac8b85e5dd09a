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

/// A header that says something of the entry behind it: pax ('x', Solaris' 'X'; 'g' for all that follow) or
/// GNU ('L' the name, 'K' the link target).
struct TarExtension {
    char type = 'x';
    std::string block; ///< its own header block
    std::string body;  ///< at most 1 MiB, without the padding
};

/// One entry of a tar as its bytes are.
struct TarMember {
    std::uint64_t number = 0; ///< counts from 1
    std::string block;        ///< the header, 512 bytes
    TarHeader header;
    std::vector<TarExtension> extensions;
    PaxRecords pax;                         ///< of the last 'x' or 'X' header
    std::vector<std::string> sparseHeaders; ///< of GNU's type 'S': the blocks between the header and the data
    std::uint64_t stored = 0;               ///< bytes of data in the tar
    std::uint64_t offset = 0;               ///< where they begin, from the start of the tar
    bool cleanPadding = true;               ///< the bytes between the data before and this header are zeros

    bool isExtended(char type) const;
};

/// The loop over the blocks of a tar that somebody else wrote: v7, ustar, pax, star or GNU. It finds headers,
/// extension headers and data, and leaves what they mean to the caller: ForeignTar reads entries, TarIndex
/// remembers where data lies, audit::auditLayer() judges how they were written. docs/foreign-tar.md has what
/// is decided here for all three. Memory is bounded, whatever it reads.
class TarBlocks final {
  public:
    /// Uncompressed bytes; not owned.
    explicit TarBlocks(Source& source);
    /// Data that nobody asks for is passed over unread; not owned.
    explicit TarBlocks(const Slice& slice);

    /// The next entry (valid until the next call), past what is left of the data; nullptr at the end, which
    /// has been read to the last byte then. Throws Error{Image} with the entry's number in its context where
    /// the next entry cannot be found.
    const TarMember* next();
    /// The next piece of the entry's data, at most `most` bytes; empty at its end, and where the tar was cut
    /// off: then left() is not 0.
    std::string_view data(std::uint64_t most);
    /// How much of it is left.
    std::uint64_t left() const { return m_left; }
    /// Counts from 1: the entry that next() gave, or failed to give.
    std::uint64_t number() const { return m_member.number; }
    /// After next() gave nullptr: how the tar ends, for whoever knows what vouches for it.
    const TarEnd& end() const { return m_end; }
    /// Was the last fault one of the source's own?
    bool failedReading() const { return m_reading; }

  private:
    const TarMember* read();
    bool takeExtension(const std::string& block, const TarHeader& header);
    void takeSparseHeaders();
    void takeEnd();
    /// False when the tar ended before the padding did.
    bool skipData();
    std::string_view piece(std::uint64_t most);
    std::uint64_t skip(std::uint64_t most);
    std::string exactly(std::size_t count);
    bool fill();

    Source* m_source = nullptr;
    const Slice* m_slice = nullptr;
    std::string m_buffer;
    std::size_t m_first = 0; ///< of the bytes in the buffer that were not taken
    std::size_t m_last = 0;
    std::uint64_t m_read = 0; ///< bytes of the tar that were read or passed over, those in the buffer as well
    bool m_reading = false;

    TarMember m_member;
    std::uint64_t m_left = 0;
    std::size_t m_padding = 0;
    TarEnd m_end;
};

} // namespace rootlayer::tar
