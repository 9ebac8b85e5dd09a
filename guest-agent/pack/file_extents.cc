#include "guest-agent/pack/file_extents.hh"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <span>
#include <sys/ioctl.h>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

namespace {

// Any other flag means that the bytes are not on the disk, or not unchanged (fiemap.rst).
constexpr std::uint32_t kHarmless = FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED;
constexpr std::size_t kAtOnce = 64;
constexpr std::uint64_t kMinExtent = std::uint64_t{64} << 10;
constexpr std::uint64_t kWriteOut = std::uint64_t{16} << 20;

/// The result of one FIEMAP call.
class ExtentMap final {
  public:
    ExtentMap(int file, std::uint64_t from, std::uint64_t size) {
        auto* head = new (m_memory.data()) fiemap{};
        head->fm_start = from;
        head->fm_length = size;
        head->fm_flags = FIEMAP_FLAG_SYNC;
        head->fm_extent_count = kAtOnce;
        if (::ioctl(file, FS_IOC_FIEMAP, head) == 0) m_count = head->fm_mapped_extents;
    }

    std::span<const fiemap_extent> extents() const {
        return {reinterpret_cast<const fiemap_extent*>(m_memory.data() + sizeof(fiemap)), m_count};
    }

  private:
    alignas(fiemap) std::array<std::byte, sizeof(fiemap) + kAtOnce * sizeof(fiemap_extent)> m_memory{};
    std::size_t m_count = 0;
};

/// Passes extents on; joins those without a place on the disk.
class Joiner final {
  public:
    Joiner(std::uint64_t size, const std::function<void(const FileExtent&)>& take)
        : m_size(size), m_take(take) {}

    std::uint64_t at() const { return m_at; }
    /// Adds the bytes up to `end`, which are at `disk`.
    void add(std::uint64_t end, std::optional<std::uint64_t> disk = {}) {
        end = std::min(end, m_size);
        if (end <= m_at) return;
        if (disk && end - m_at >= kMinExtent) {
            finish();
            m_take({m_at, end - m_at, disk});
            m_taken = end;
        }
        m_at = end;
    }
    void finish() {
        if (m_taken < m_at) m_take({m_taken, m_at - m_taken});
        m_taken = m_at;
    }

  private:
    std::uint64_t m_size;
    const std::function<void(const FileExtent&)>& m_take;
    std::uint64_t m_at = 0;
    std::uint64_t m_taken = 0;
};

/// Writes piece by piece: FIEMAP_FLAG_SYNC would do the same, but without a tick in between. The kernel
/// reports a write error only once, so it must be handled here: FIEMAP would not see it, and would name
/// blocks that were never written.
void writeOut(int file, const std::string& path, std::uint64_t size, const std::function<void()>& tick) {
    for (std::uint64_t at = 0; at < size; at += kWriteOut) {
        constexpr unsigned how =
            SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
        if (::sync_file_range(file, static_cast<off_t>(at), static_cast<off_t>(kWriteOut), how) != 0) {
            throw systemError(fmt::format("cannot write {} to the scratch disk", quote(path)));
        }
        tick();
    }
}

} // namespace

void forEachExtent(int file, const std::string& path, std::uint64_t size,
                   const std::function<void(const FileExtent&)>& take, const std::function<void()>& tick) {
    writeOut(file, path, size, tick);
    Joiner pieces(size, take);
    while (pieces.at() < size) {
        const auto before = pieces.at();
        const ExtentMap map(file, before, size - before);
        for (const auto& extent : map.extents()) {
            pieces.add(extent.fe_logical);
            const auto at = pieces.at();
            const bool plain = (extent.fe_flags & ~kHarmless) == 0 && extent.fe_logical <= at;
            pieces.add(extent.fe_logical + extent.fe_length,
                       plain ? std::optional(extent.fe_physical + (at - extent.fe_logical)) : std::nullopt);
        }
        if (pieces.at() == before) pieces.add(size);
        tick();
    }
    pieces.finish();
}

} // namespace rootlayer::guest
