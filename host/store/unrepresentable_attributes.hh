#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "layer/entry.hh"

namespace rootlayer::store {

/// Clamps a time to the range of a squashfs: unsigned 32-bit seconds.
std::int64_t heldTime(std::int64_t seconds);

/// Counts the entries of a layer that have attributes which a squashfs cannot hold.
class UnrepresentableAttributes final {
  public:
    void count(const layer::Entry& entry);

    /// Stores the counts as facts of a cache entry's seal, and reads them back. Other facts are not touched.
    void writeTo(std::map<std::string, std::string>& facts) const;
    static UnrepresentableAttributes readFrom(const std::map<std::string, std::string>& facts);

    /// Messages for people about what the layer named `layer` loses, one sentence for each kind.
    std::vector<std::string> sentences(const std::string& layer) const;

  private:
    std::uint64_t m_acls = 0;
    std::uint64_t m_times = 0;
};

} // namespace rootlayer::store
