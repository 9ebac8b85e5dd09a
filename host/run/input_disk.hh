#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "protocol/messages.hh"

namespace rootlayer::run {

/// Writes the inputs of a run (script, words, ACLs) to a file that is the last part of the read-only disk,
/// after the layers. Each input starts at a multiple of 4096. The requests tell the guest its offset on the
/// disk and its size.
class InputDisk final {
  public:
    /// Creates the file; it must not exist. It begins at byte `offset` of the disk. Throws a system error.
    InputDisk(const std::string& path, std::uint64_t offset);

    protocol::Section add(std::string_view bytes);
    /// Pads the file to a multiple of 4096, at least 4096, and returns its size. Nothing may be added after
    /// that.
    std::uint64_t finish();

  private:
    UniqueFd m_fd;
    std::uint64_t m_offset;
    std::uint64_t m_end = 0;
};

} // namespace rootlayer::run
