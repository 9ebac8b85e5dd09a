#pragma once

#include <cstddef>
#include <cstdint>

namespace rootlayer::fuzz {

/// A small generator of numbers, the same everywhere.
class Dice final {
  public:
    explicit Dice(std::uint64_t seed) : m_state(seed * 2 + 1) {}
    /// Below `sides`, which is above 0.
    std::size_t roll(std::size_t sides) {
        // xorshift64*, of Marsaglia and Vigna.
        m_state ^= m_state >> 12;
        m_state ^= m_state << 25;
        m_state ^= m_state >> 27;
        return static_cast<std::size_t>((m_state * 0x2545f4914f6cdd1d) >> 32) % sides;
    }

  private:
    std::uint64_t m_state;
};

} // namespace rootlayer::fuzz
