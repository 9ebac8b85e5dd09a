#pragma once

#include <cstddef>
#include <string_view>

#include "layer/entry.hh"

namespace rootlayer::layer {

inline constexpr std::size_t kMaxComponent = 255; ///< bytes, NAME_MAX
inline constexpr std::size_t kMaxPath = 4095;     ///< bytes, PATH_MAX without its NUL; link targets as well
inline constexpr std::size_t kMaxPaxHeader =
    std::size_t{1024} * 1024;                         ///< bytes of pax records that one entry may have
inline constexpr std::uint32_t kMaxDevice = 07777777; ///< what the ustar fields hold; pax has no key for them
inline constexpr std::uint32_t kNoChange = 0xffffffff; ///< lchown(2) takes it for "leave as it is"

/// Is a component, a path within the limits? For a whiteout they count the name that it hides, so that every
/// name can be removed: it never becomes a file's name. For an opaque marker they count its directory.
bool fitsComponent(std::string_view name);
bool fitsPath(std::string_view path);

/// Throws Error{Layer} unless the path is canonical: relative, components that are neither empty nor "." nor
/// "..", no slash at either end, no NUL, within the limits.
void checkPath(std::string_view path);

/// Throws Error{Layer}, saying which rule, unless this entry, looked at alone, may stand in a layer. What
/// concerns its neighbours is TreeOrder's and LinkTargets'.
void checkEntry(const Entry& entry);

/// A number of components: 1 for "a".
std::size_t pathDepth(std::string_view path);

} // namespace rootlayer::layer
