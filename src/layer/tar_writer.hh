#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/acl.hh"
#include "layer/entry.hh"
#include "layer/tree_order.hh"

namespace rootlayer::layer {

/// Writes the canonical layer tar: one tree has one sequence of bytes. docs/layer-format.md is the contract,
/// TarValidator its other half. Every call throws Error{Layer}, naming the entry, for what breaks the rules;
/// after that the writer is of no use. Of hard links it checks only that the target comes earlier in order.
class TarWriter final {
  public:
    /// The sink is not owned, and gets pieces of at least 32 KiB (but for the last,
    /// and before data that goes elsewhere), mostly 256 KiB or what
    /// data() got.
    explicit TarWriter(Sink& sink);

    /// The next entry, in the order of compareLayerPaths(). After a File come exactly entry.size bytes of
    /// data().
    void add(const Entry& entry);
    void data(std::string_view bytes);
    /// As data(), but the caller brings these bytes to where the sink's go, right after this call: whatever
    /// comes before them has left the buffer.
    void dataElsewhere(std::uint64_t bytes);
    /// Two zero blocks, and all that was buffered.
    void finish();

    std::uint64_t entries() const { return m_entries; }
    /// Of the tar so far, with what is still buffered.
    std::uint64_t bytes() const { return m_bytes; }

  private:
    void checkReady() const;
    void check(const Entry& entry);
    void takeData(std::uint64_t bytes);
    void appendHeaders(const Entry& entry);
    void appendZeros(std::size_t count);
    void flushWhenFull();
    void flush();

    Sink& m_sink;
    TreeOrder m_order;
    InheritedAcls m_acls;
    std::string m_buffer;
    std::string m_records;       ///< scratch, for pax records
    std::string m_path;          ///< of the entry whose data is missing yet, for messages
    std::uint64_t m_missing = 0; ///< bytes of data
    std::size_t m_padding = 0;   ///< zeros after them
    std::uint64_t m_entries = 0;
    std::uint64_t m_bytes = 0;
    bool m_finished = false;
};

} // namespace rootlayer::layer
