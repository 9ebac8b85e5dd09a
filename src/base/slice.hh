#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A range of bytes of an open regular file.
struct Slice {
    std::shared_ptr<const UniqueFd> file;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string name; ///< for errors, such as: member "layer.tar" of docker-archive "x.tar"

    /// Reads buffer.size() bytes at `at`; fewer only at the end of the slice. Throws Error{Image} if the file
    /// has become shorter.
    std::size_t read(std::uint64_t at, std::span<char> buffer) const;
    /// Reads the whole slice; throws Error{Image} if it is longer than `limit` bytes.
    std::string readAll(std::uint64_t limit) const;
};

/// Reads a slice in order. Does not move the file offset, so several can read the same file at once. Throws
/// Error{Cancelled} if the token is cancelled.
class SliceSource final : public Source {
  public:
    SliceSource(Slice slice, CancelToken cancel) : m_slice(std::move(slice)), m_cancel(std::move(cancel)) {}
    std::size_t read(std::span<char> buffer) override;

  private:
    Slice m_slice;
    CancelToken m_cancel;
    std::uint64_t m_at = 0;
};

} // namespace rootlayer
