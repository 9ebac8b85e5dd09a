#include "store/tree_limits.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

namespace rootlayer::store {

void TreeBudget::takeMemory(std::uint64_t bytes) {
    if (bytes > memoryLeft()) {
        throw Error(ErrorCode::Image,
                    fmt::format("the names and attributes of the image need more than {} bytes of memory",
                                kMaxTreeMemory),
                    "use a base with fewer files");
    }
    m_memory += bytes;
}

void TreeBudget::takePath(std::uint64_t bytes) {
    if (bytes > kMaxPathBytes - m_paths) {
        throw Error(ErrorCode::Image,
                    fmt::format("the paths of the image have more than {} bytes in all", kMaxPathBytes),
                    "use a base with fewer files, or with less deep directories");
    }
    m_paths += bytes;
}

} // namespace rootlayer::store
