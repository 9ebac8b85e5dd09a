#pragma once

#include <cstdint>

namespace rootlayer::store {

/// Bytes of memory that the names and attributes of a tree may take (node_memory.hh). A real image needs some
/// 500 bytes for a name.
inline constexpr std::uint64_t kMaxTreeMemory = std::uint64_t{1} << 30;

/// Bytes of the paths of a tree, added up. Trees keep each name once, but every tar and every list that is
/// made from one has whole paths: 500 kB of an image can have 100 files that are each 2,000 directories deep,
/// whose paths are 400 MB. A million names of a real image have less than 100 MB.
inline constexpr std::uint64_t kMaxPathBytes = std::uint64_t{512} << 20;

/// Counts what a tree takes, and throws Error{Image} when it is too much.
class TreeBudget final {
  public:
    explicit TreeBudget(std::uint64_t memory = kMaxTreeMemory) : m_mostMemory(memory) {}

    void takeMemory(std::uint64_t bytes);
    void takePath(std::uint64_t bytes);
    void giveBackMemory(std::uint64_t bytes) { m_memory -= bytes; }
    void giveBackPath(std::uint64_t bytes) { m_paths -= bytes; }

    std::uint64_t memoryLeft() const { return m_mostMemory - m_memory; }

  private:
    std::uint64_t m_mostMemory;
    std::uint64_t m_memory = 0;
    std::uint64_t m_paths = 0;
};

} // namespace rootlayer::store
