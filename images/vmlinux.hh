#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::images {

/// The uncompressed kernel inside an x86 bzImage (kernel x86/boot.rst), when it has the PVH entry point by
/// which QEMU starts it without real-mode code and without decompressing it in the guest: half a second under
/// TCG. nullopt when it is no bzImage, has no PVH note, or is compressed in a way that is not known: then the
/// bzImage itself must be booted.
std::optional<std::string> extractVmlinux(std::string_view bzImage);

/// The release that a bzImage names in its header ("6.1.0-56-cloud-amd64"); nullopt for what is no bzImage.
std::optional<std::string> kernelRelease(std::string_view bzImage);

} // namespace rootlayer::images
