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
    /// In the directory's file system.
    explicit FileSpool(const std::string& directory);

    /// Where the next byte goes.
    std::uint64_t position() const { return m_position; }
    void append(std::string_view bytes);
    /// Writes `size` bytes from `offset` on to `out`. Quick for small pieces too when they come in the order
    /// in which they were appended.
    void copy(std::uint64_t offset, std::uint64_t size, Sink& out);

  private:
    void flush();
    std::string_view bytesAt(std::uint64_t offset, std::uint64_t wanted);

    std::string m_what;
    UniqueFd m_fd;
    std::uint64_t m_position = 0;
    std::string m_pending; ///< what comes before m_position, and is not written yet
    std::string m_window;  ///< what was read last
    std::uint64_t m_windowAt = 0;
};

} // namespace rootlayer::store
