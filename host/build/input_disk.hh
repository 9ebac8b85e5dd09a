#pragma once

#include <string>
#include <string_view>

#include "base/unique_fd.hh"
#include "protocol/messages.hh"

namespace rootlayer::build {

/// The second disk of a run: what the host hands in, piece after piece, each at a multiple of 4096. The guest
/// is told where each piece is and how long.
class InputDisk final {
  public:
    /// Makes the file, for the machine to read.
    explicit InputDisk(const std::string& path);

    protocol::Section add(std::string_view bytes);
    /// Pads the file to whole sectors. Nothing may be added after it.
    void finish();

  private:
    UniqueFd m_fd;
    std::uint64_t m_end = 0;
};

} // namespace rootlayer::build
