#pragma once

#include <ctime>
#include <functional>
#include <string>

#include "base/digest.hh"
#include "base/slice.hh"

namespace rootlayer::image {

/// The diff_ids of files that were read before: one that was not changed since need not be read for its
/// digest again. A file is the same when its device, inode, size, and both its times of change (mtime, ctime)
/// are; no user can set the ctime. One that changed less than two seconds before it was read is not
/// remembered, since another change in the same tick of the clock would not show.
class DigestCache final {
  public:
    /// Seconds since the epoch.
    using Clock = std::function<std::time_t()>;

    /// A directory of the cache, one DirectoryCache; "" remembers nothing.
    explicit DigestCache(
        std::string directory, Clock clock = [] { return std::time(nullptr); })
        : m_directory(std::move(directory)), m_clock(std::move(clock)) {}

    /// What `read` says, unless it is known. The entry remembers the `user`, if one is told
    /// (base/last_user.hh).
    Digest of(const Slice& file, const std::function<Digest()>& read, const std::string& user = {}) const;

  private:
    std::string m_directory;
    Clock m_clock;
};

} // namespace rootlayer::image
