#pragma once

#include <string>
#include <vector>

#include "protocol/messages.hh"

namespace rootlayer::guest {

/// The kernel makes at most 255 partitions of a disk.
inline constexpr std::size_t kMaxSections = 255;
/// Of one partition.
inline constexpr std::size_t kMaxDirectories = 64;
/// overlayfs takes 500, of which one is the skeleton that holds the mount points.
inline constexpr std::size_t kMaxLowers = 499;

/// Throws Error{Protocol} unless every section is within `diskSize` bytes, not empty, and made of whole
/// sectors, and has at most kMaxDirectories; Error{Resource} when there are too many to be mounted.
void checkSections(const std::vector<protocol::Section>& sections, std::uint64_t diskSize);

/// Mounts the layers, squashfs or erofs, read-only at /l/0 (the bottom), /l/1...: a partition of /dev/vda for
/// each, without a partition table (BLKPG_ADD_PARTITION).
void mountLayers(const std::vector<protocol::Section>& layers);

/// Mounts /dev/vdb, ext4, at /s.
void mountScratch();

/// Bytes of /dev/vda; throws Error{Protocol} when they are not within the disk, or more than `limit`.
std::string readInput(const protocol::Section& section, std::uint64_t limit);

} // namespace rootlayer::guest
