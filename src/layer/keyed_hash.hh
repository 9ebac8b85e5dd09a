#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rootlayer::layer {

/// SipHash-1-3 with a random key, so that an attacker cannot construct names that collide.
class KeyedHash final {
  public:
    KeyedHash();
    std::uint64_t operator()(std::string_view bytes) const;

  private:
    std::uint64_t m_key[2];
};

/// A set of 64-bit hashes instead of names: 11 to 22 bytes per name, whatever its length. Two different names
/// have the same hash with a probability of 2^-64.
class HashSet final {
  public:
    void insert(std::uint64_t hash);
    bool contains(std::uint64_t hash) const;
    bool empty() const { return m_count == 0; }

  private:
    std::size_t slot(std::uint64_t hash) const;
    void grow();

    std::vector<std::uint64_t> m_slots; ///< the size is a power of two; 0 is a free slot
    std::size_t m_count = 0;
};

} // namespace rootlayer::layer
