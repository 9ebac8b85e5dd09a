#pragma once

#include <cstdint>
#include <optional>

namespace rootlayer {

/// Bytes that this user can still write to the file system of a descriptor. nullopt: unknown.
std::optional<std::uint64_t> freeSpace(int fd);

} // namespace rootlayer
