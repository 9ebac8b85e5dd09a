#pragma once

#include <ctime>
#include <functional>
#include <string>

#include "base/digest.hh"
#include "base/slice.hh"

namespace rootlayer::image {

/// Caches the diff_ids of files, so that an unchanged file need not be read again for its digest. A file is
/// unchanged if its device, inode, size, mtime and ctime are the same; the ctime cannot be set by users. A
/// file that changed less than two seconds before it was read is not cached, because another change within
/// the resolution of the clock would not be noticed.
class DigestCache final {
  public:
    /// Seconds since the epoch.
    using Clock = std::function<std::time_t()>;

    /// `directory` is used as a DirectoryCache; if it is empty, nothing is cached.
    explicit DigestCache(
        std::string directory, Clock clock = [] { return std::time(nullptr); })
        : m_directory(std::move(directory)), m_clock(std::move(clock)) {}

    /// The cached digest of the file, else the result of `read`. If `user` is not empty, the entry remembers
    /// it as its last user (base/last_user.hh).
    Digest of(const Slice& file, const std::function<Digest()>& read, const std::string& user = {}) const;

  private:
    std::string m_directory;
    Clock m_clock;
};

} // namespace rootlayer::image
