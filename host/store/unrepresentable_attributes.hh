#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "layer/entry.hh"

namespace rootlayer::store {

/// A time as a squashfs holds it: 32 bits of seconds.
std::int64_t heldTime(std::int64_t seconds);

/// How many entries of a layer have what its disk cannot hold.
class UnrepresentableAttributes final {
  public:
    void count(const layer::Entry& entry);

    /// As lines of a cache entry's seal, and back; facts of others are left alone.
    void writeTo(std::map<std::string, std::string>& facts) const;
    static UnrepresentableAttributes readFrom(const std::map<std::string, std::string>& facts);

    /// For people: what a layer of this name loses, a sentence for each kind.
    std::vector<std::string> sentences(const std::string& layer) const;

  private:
    std::uint64_t m_acls = 0;
    std::uint64_t m_times = 0;
};

} // namespace rootlayer::store
