#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The kernel supports at most 255 partitions per disk.
inline constexpr std::size_t kMaxSections = 255;
/// Layers in one partition.
inline constexpr std::size_t kMaxDirectories = 64;
/// overlayfs takes 500, one of which is the skeleton with the mount points.
inline constexpr std::size_t kMaxLowers = 499;

/// Throws Error{Protocol} unless every section lies within `diskSize` bytes, is not empty, consists of whole
/// sectors, and has at most kMaxDirectories layers. Throws Error{Resource} if there are too many to mount.
void checkSections(const std::vector<protocol::Section>& sections, std::uint64_t diskSize);

/// Mounts the layers, squashfs or erofs, read-only at /l/0 (the bottom), /l/1... Each becomes a partition of
/// /dev/vda, without a partition table (BLKPG_ADD_PARTITION).
void mountLayers(const std::vector<protocol::Section>& layers);

/// Mounts /dev/vdb, ext4, at /s.
void mountScratch();

/// Reads a section of /dev/vda; throws Error{Protocol} if it is not within the disk or larger than `limit`
/// bytes.
std::string readInput(const protocol::Section& section, std::uint64_t limit);

} // namespace rootlayer::guest
