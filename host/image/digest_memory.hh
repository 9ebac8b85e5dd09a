#pragma once

#include <ctime>
#include <functional>
#include <string>

#include "base/digest.hh"
#include "image/slice.hh"

namespace rootlayer::image {

/// The diff_ids of files that were read before: one that was not changed since need not be read for its
/// digest again. A file is the same when its device, inode, size, and both its times of change (mtime, ctime)
/// are; no user can set the ctime. One that changed less than two seconds before it was read is not
/// remembered, since another change in the same tick of the clock would not show.
class DigestMemory final {
  public:
    /// Seconds since the epoch.
    using Clock = std::function<std::time_t()>;

    /// A folder of the cache, one FolderCache; "" remembers nothing.
    explicit DigestMemory(
        std::string folder, Clock clock = [] { return std::time(nullptr); })
        : m_folder(std::move(folder)), m_clock(std::move(clock)) {}

    /// What `read` says, unless it is known. The entry remembers the `user`, if one is told
    /// (base/last_user.hh).
    Digest of(const Slice& file, const std::function<Digest()>& read, const std::string& user = {}) const;

  private:
    std::string m_folder;
    Clock m_clock;
};

} // namespace rootlayer::image
