#pragma once

#include <cstdint>

namespace rootlayer::guest {

/// What the machine has used of its memory and scratch disk while it was watched. Samples are taken by
/// sample().
class Gauges final {
  public:
    /// `scratch` is a directory of the scratch disk. Begins to count.
    explicit Gauges(const char* scratch);

    void sample();

    std::uint64_t peakMemory() const { return m_peakMemory; } ///< bytes, MemTotal less MemAvailable
    std::uint64_t peakDisk() const { return m_peakDisk; }     ///< bytes
    std::uint64_t freeDisk() const { return m_freeDisk; }     ///< bytes, at the last sample
    std::uint64_t freeInodes() const { return m_freeInodes; } ///< of the scratch disk, at the last sample
    /// Processes that the kernel has killed for lack of memory since the beginning.
    std::uint64_t oomKills() const;

  private:
    const char* m_scratch;
    std::uint64_t m_oomBefore;
    std::uint64_t m_peakMemory = 0;
    std::uint64_t m_peakDisk = 0;
    std::uint64_t m_freeDisk = 0;
    std::uint64_t m_freeInodes = ~std::uint64_t{0};
};

} // namespace rootlayer::guest
