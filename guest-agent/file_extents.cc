#include "guest-agent/file_extents.hh"

#include <algorithm>
#include <array>
#include <cstddef>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <span>
#include <sys/ioctl.h>

namespace rootlayer::guest {

namespace {

// Anything else than these says that the bytes are not there, or not as they are (fiemap.rst).
constexpr std::uint32_t kHarmless = FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED;
constexpr std::size_t kAtOnce = 64;

/// One answer of the kernel's.
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

} // namespace

void forEachExtent(int file, std::uint64_t size, const std::function<void(const FileExtent&)>& take) {
    std::uint64_t at = 0;
    const auto takeUntil = [&](std::uint64_t end, std::optional<std::uint64_t> disk) {
        end = std::min(end, size);
        if (at < end) take({at, end - at, disk});
        at = std::max(at, end);
    };
    while (at < size) {
        const auto before = at;
        const ExtentMap map(file, at, size - at);
        for (const auto& extent : map.extents()) {
            takeUntil(extent.fe_logical, std::nullopt);
            const bool plain = (extent.fe_flags & ~kHarmless) == 0 && extent.fe_logical <= at;
            const auto disk = extent.fe_physical + (at - std::min<std::uint64_t>(at, extent.fe_logical));
            takeUntil(extent.fe_logical + extent.fe_length, plain ? std::optional(disk) : std::nullopt);
        }
        if (at == before) takeUntil(size, std::nullopt);
    }
}

} // namespace rootlayer::guest
