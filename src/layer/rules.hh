#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

/// Bytes; NAME_MAX.
inline constexpr std::size_t kMaxComponent = 255;
/// Bytes; PATH_MAX without the NUL. Also for link targets.
inline constexpr std::size_t kMaxPath = 4095;
/// Bytes of pax records of one entry.
inline constexpr std::size_t kMaxPaxHeader = std::size_t{1024} * 1024;
/// The largest device number in a ustar header; pax has no key for it.
inline constexpr std::uint32_t kMaxDevice = 07777777;
/// The owner that lchown(2) treats as "no change".
inline constexpr std::uint32_t kNoChange = 0xffffffff;

/// Is a component or path within the limits? For a whiteout the limits apply to the name that it hides, so
/// that every name can be removed; a whiteout never becomes a file name. For an opaque marker they apply to
/// its directory.
bool fitsComponent(std::string_view name);
bool fitsPath(std::string_view path);

/// Throws Error{Layer} unless the path is canonical: relative, no empty, "." or ".." component, no slash at
/// either end, no NUL, within the limits.
void checkPath(std::string_view path);

/// Throws Error{Layer} naming the broken rule unless this entry by itself is allowed in a layer. TreeOrder
/// and LinkTargets check it against the other entries.
void checkEntry(const Entry& entry);

/// The number of components: 1 for "a".
std::size_t pathDepth(std::string_view path);

} // namespace rootlayer::layer
