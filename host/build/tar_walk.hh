#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hh"
#include "store/pax_records.hh"
#include "store/tar_end.hh"
#include "store/tar_header.hh"

namespace rootlayer::build {

/// A header that says something of the entry behind it: pax ('x', 'g', star's 'X') or GNU ('L', 'K').
struct TarExtension {
    char type = 'x';
    std::string block; ///< its own header block
    std::string body;  ///< at most 1 MiB, without the padding
};

/// One entry of a tar, as its bytes are: nothing is interpreted but what is needed to find the next one.
struct TarMember {
    std::uint64_t number = 0; ///< counts from 1
    std::string block;
    store::TarHeader header;
    std::vector<TarExtension> extensions;
    store::PaxRecords pax;    ///< of the 'x' header
    bool cleanPadding = true; ///< of what came before: all zeros
};

/// Walks over the entries of any tar and shows their bytes, for whoever judges how they were written;
/// store::ForeignTar is the reader of what they mean. Memory is bounded.
class TarWalk final {
  public:
    /// Uncompressed bytes; not owned.
    explicit TarWalk(Source& source) : m_source(source) {}

    /// The next entry, past the data of the one before; nullopt at the end, when the source has been read to
    /// its last byte. Throws Error{Image} where the next entry cannot be found.
    std::optional<TarMember> next();
    /// Once next() gave nullopt: how the tar ends, and what is wrong with that; empty when it is two zero
    /// blocks.
    const store::TarEnd& end() const { return m_end; }
    std::string endFault() const;

  private:
    bool extend(TarMember& member);
    std::uint64_t storedSize(const TarMember& member) const;
    void skipSparseBlocks(const TarMember& member);
    void skipData();
    std::string block();

    Source& m_source;
    std::uint64_t m_number = 0;
    std::uint64_t m_data = 0; ///< bytes between here and the next header, less the padding
    bool m_cleanPadding = true;
    store::TarEnd m_end;
};

} // namespace rootlayer::build
