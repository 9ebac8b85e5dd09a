#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::images {

/// The uncompressed kernel inside an x86 bzImage (kernel x86/boot.rst), if it has a PVH entry point. QEMU
/// starts such a kernel without real-mode code, and nothing is decompressed in the guest: this saves half a
/// second under TCG. nullopt if it is not a bzImage, has no PVH note, or uses an unknown compression: then
/// the bzImage itself must be booted.
std::optional<std::string> extractVmlinux(std::string_view bzImage);

/// The release in the header of a bzImage ("6.1.0-56-cloud-amd64"); nullopt if it is not a bzImage.
std::optional<std::string> kernelRelease(std::string_view bzImage);

} // namespace rootlayer::images
