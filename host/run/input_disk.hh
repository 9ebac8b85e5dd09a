#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "protocol/messages.hh"

namespace rootlayer::run {

/// What the host hands in, piece after piece, each at a multiple of 4096: the last part of the disk for
/// reading, behind the layers. The guest is told where each piece is on that disk and how long.
class InputDisk final {
  public:
    /// Makes the file, for the machine to read. It begins at byte `offset` of the disk.
    InputDisk(const std::string& path, std::uint64_t offset);

    protocol::Section add(std::string_view bytes);
    /// Pads the file to a multiple of 4096, and never nothing; returns its size. Nothing may be added after
    /// it.
    std::uint64_t finish();

  private:
    UniqueFd m_fd;
    std::uint64_t m_offset;
    std::uint64_t m_end = 0;
};

} // namespace rootlayer::run
