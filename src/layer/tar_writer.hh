#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/acl.hh"
#include "layer/entry.hh"
#include "layer/tree_order.hh"

namespace rootlayer::layer {

/// Writes the canonical layer tar: each tree has exactly one sequence of bytes. docs/layer-format.md
/// specifies it, and TarValidator accepts nothing else. Every call throws Error{Layer} naming the entry that
/// breaks a rule; the writer cannot be used after that. For a hard link it checks only that the target
/// precedes it in the order.
class TarWriter final {
  public:
    /// The sink is not owned. It gets pieces of at least 32 KiB (except the last one, and the one before data
    /// that goes elsewhere), usually 256 KiB or what data() got.
    explicit TarWriter(Sink& sink);

    /// Adds the next entry in the order of compareLayerPaths(). After a File, exactly entry.size bytes of
    /// data must follow.
    void add(const Entry& entry);
    void data(std::string_view bytes);
    /// Like data(), but the caller delivers these bytes itself, right after this call, to where the sink's
    /// bytes go. The buffer is flushed first.
    void dataElsewhere(std::uint64_t bytes);
    /// Writes the two zero blocks and flushes the buffer.
    void finish();

    std::uint64_t entries() const { return m_entries; }
    /// Bytes of the tar so far, buffered ones included.
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
    std::string m_records;       ///< a reused buffer for pax records
    std::string m_path;          ///< of the entry whose data is incomplete, for messages
    std::uint64_t m_missing = 0; ///< bytes of data still to come
    std::size_t m_padding = 0;   ///< zeros after the data
    std::uint64_t m_entries = 0;
    std::uint64_t m_bytes = 0;
    bool m_finished = false;
};

} // namespace rootlayer::layer
