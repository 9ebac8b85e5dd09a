#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "layer/entry.hh"

namespace rootlayer::store {

/// Writes the tar that tar2sqfs reads: entries in any order, a directory's even after what it holds,
/// whiteouts as character devices 0:0, overlay's own attributes allowed.
class OverlayTar final {
  public:
    /// `out` is not owned. With a directory (a plain name) all is put into that, and what is written can be
    /// followed by another such tar.
    explicit OverlayTar(Sink& out, std::string directory = {})
        : m_out(out), m_directory(std::move(directory)) {}

    /// The path "" is the root. After a File come exactly entry.size bytes of data().
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
