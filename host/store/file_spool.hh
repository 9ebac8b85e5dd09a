#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer::store {

/// Keeps the data of files, one after another, in a nameless file, to be read in any order. Long runs of
/// zeros become holes, so that a sparse file costs what it holds.
class FileSpool final {
  public:
    /// In the folder's file system.
    explicit FileSpool(const std::string& folder);

    /// Where the next byte goes.
    std::uint64_t position() const { return m_position; }
    void append(std::string_view bytes);
    /// Writes `size` bytes from `offset` on to `out`.
    void copy(std::uint64_t offset, std::uint64_t size, Sink& out) const;

  private:
    std::string m_what;
    UniqueFd m_fd;
    std::uint64_t m_position = 0;
    std::uint64_t m_written = 0; ///< the file's size
};

} // namespace rootlayer::store
