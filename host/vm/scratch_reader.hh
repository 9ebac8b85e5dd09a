#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "protocol/range.hh"

namespace rootlayer::vm {

/// Reads from a scratch disk what its guest has written, while the machine still has it. The bytes are the
/// guest's, and as little to be believed as what it sends. The disk must be this host's own file.
class ScratchReader final {
  public:
    /// Throws Error{System} when the disk cannot be opened.
    explicit ScratchReader(std::string path);

    /// Throws Error{Protocol} for a range that is not within the disk.
    void read(const protocol::Range& range, Sink& to, const CancelToken& cancel);

  private:
    std::string m_path;
    UniqueFd m_fd;
    std::uint64_t m_size = 0;
    std::string m_buffer;
};

} // namespace rootlayer::vm
