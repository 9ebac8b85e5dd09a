#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer::store {

/// Keeps the data of files, one after another, in a nameless file and reads it back in any order. Blocks of
/// zeros become holes, so a sparse file takes only the space of its data.
class FileSpool final {
  public:
    /// The file is created in the file system of `directory`.
    explicit FileSpool(const std::string& directory);

    /// The offset of the next byte that is appended.
    std::uint64_t position() const { return m_position; }
    void append(std::string_view bytes);
    /// Writes `size` bytes, starting at `offset`, to `out`. Reads ahead, so small pieces are fast if they are
    /// read in the order in which they were appended.
    void copy(std::uint64_t offset, std::uint64_t size, Sink& out);

  private:
    void flush();
    std::string_view bytesAt(std::uint64_t offset, std::uint64_t wanted);

    std::string m_what;
    UniqueFd m_fd;
    std::uint64_t m_position = 0;
    std::string m_pending; ///< the bytes before m_position that are not written yet
    std::string m_window;  ///< the bytes that were read last, at m_windowAt
    std::uint64_t m_windowAt = 0;
};

} // namespace rootlayer::store
