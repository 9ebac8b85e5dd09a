#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "base/unique_fd.hh"
#include "protocol/range.hh"

namespace rootlayer::vm {

/// Reads data that the guest has written from its scratch disk while the machine still runs. The data is as
/// untrusted as what the guest sends. The disk must be a file on this host.
class ScratchReader final {
  public:
    /// Throws Error{System} if the disk cannot be opened.
    explicit ScratchReader(std::string path);

    /// Throws Error{Protocol} if the range is not within the disk.
    /// Bytes that the disk takes on the host.
    std::uint64_t allocated() const;
    void read(const protocol::Range& range, Sink& to, const CancelToken& cancel);

  private:
    std::string m_path;
    UniqueFd m_fd;
    std::uint64_t m_size = 0;
    std::string m_buffer;
};

} // namespace rootlayer::vm
