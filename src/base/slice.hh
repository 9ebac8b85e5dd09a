#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

/// A run of bytes of an open regular file.
struct Slice {
    std::shared_ptr<const UniqueFd> file;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string name; ///< for errors: member "layer.tar" of docker-archive "x.tar"

    /// Reads up to `size` bytes at `at`; fewer only at the end of the slice. Throws Error{Image} when the
    /// file is shorter than it was.
    std::size_t read(std::uint64_t at, std::span<char> buffer) const;
    /// All of it; throws Error{Image} when it is longer than `limit`.
    std::string readAll(std::uint64_t limit) const;
};

/// The bytes of a slice, in order; leaves the file's position alone, so that many can be read at once.
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
