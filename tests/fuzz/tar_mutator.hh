#pragma once

#include <cstdint>
#include <string>

namespace rootlayer::fuzz {

/// A small generator of numbers, the same everywhere.
class Dice final {
  public:
    explicit Dice(std::uint64_t seed) : m_state(seed * 2 + 1) {}
    /// Below `sides`, which is above 0.
    std::size_t roll(std::size_t sides);

  private:
    std::uint64_t m_state;
};

/// Changes a tar a little: flips, copies, cuts or swaps bytes or blocks, or writes what parsers dislike.
/// Most of the time the checksums are corrected, otherwise the code behind their check would not be reached.
void mutate(std::string& tar, Dice& dice);

/// Corrects the checksum of every block that has ustar's magic.
void resealAll(std::string& tar);

} // namespace rootlayer::fuzz
