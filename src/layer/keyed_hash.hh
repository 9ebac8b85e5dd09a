#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rootlayer::layer {

/// SipHash-1-3 under a random key, so that nobody outside can make two names collide.
class KeyedHash final {
  public:
    KeyedHash();
    std::uint64_t operator()(std::string_view bytes) const;

  private:
    std::uint64_t m_key[2];
};

/// A set of hashes in place of the names themselves: 11 to 22 bytes a name, however long it is. Two names are
/// taken for one with a chance of 1 in 2^64.
class HashSet final {
  public:
    void insert(std::uint64_t hash);
    bool contains(std::uint64_t hash) const;
    bool empty() const { return m_count == 0; }

  private:
    std::size_t slot(std::uint64_t hash) const;
    void grow();

    std::vector<std::uint64_t> m_slots; ///< a power of two of them; 0 is a free one
    std::size_t m_count = 0;
};

} // namespace rootlayer::layer
