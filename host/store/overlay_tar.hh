#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/entry.hh"

namespace rootlayer::store {

/// Writes the tar for tar2sqfs. Unlike a canonical layer it may have its entries in any order, a directory
/// even after its contents, whiteouts as character devices 0:0, and overlayfs's own attributes. ACLs are left
/// out.
class OverlayTar final {
  public:
    /// `out` is not owned. If `directory` (a plain name) is given, all entries are placed below it, and
    /// finish() writes no end blocks: another tar may follow in the same stream.
    explicit OverlayTar(Sink& out, std::string directory = {})
        : m_out(out), m_directory(std::move(directory)) {}

    /// The path "" is the root. A File must be followed by exactly entry.size bytes of data().
    void add(const layer::Entry& entry);
    void data(std::string_view bytes);
    void finish();

  private:
    std::string placed(const std::string& path) const;
    void flush();

    Sink& m_out;
    std::string m_directory;
    std::string m_buffer;
    std::string m_records;
    std::uint64_t m_missing = 0;
    std::size_t m_padding = 0;
};

} // namespace rootlayer::store
