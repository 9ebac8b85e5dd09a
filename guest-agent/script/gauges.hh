#pragma once

#include <cstdint>

namespace rootlayer::guest {

/// Memory and scratch disk use of the machine, measured at each sample().
class Gauges final {
  public:
    /// `scratch` is a directory on the scratch disk. Takes the first sample.
    explicit Gauges(const char* scratch);

    void sample();

    std::uint64_t peakMemory() const { return m_peakMemory; } ///< bytes, MemTotal less MemAvailable
    std::uint64_t peakDisk() const { return m_peakDisk; }     ///< bytes
    std::uint64_t freeDisk() const { return m_freeDisk; }     ///< bytes, at the last sample
    std::uint64_t freeInodes() const { return m_freeInodes; } ///< of the scratch disk, at the last sample
    /// Processes that the OOM killer has ended since the beginning.
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
