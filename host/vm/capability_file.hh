#pragma once

#include <optional>
#include <string>

namespace rootlayer::vm {

/// Reads a cache file with libvirt's capabilities of a QEMU: libvirt's XML and a last line with its digest.
/// nullopt if the file is missing or damaged; libvirt then probes QEMU again.
std::optional<std::string> readCapabilityFile(const std::string& path);

/// Replaces the file atomically. Does nothing if it has the same contents already. Throws if it cannot be
/// written.
void writeCapabilityFile(const std::string& path, const std::string& xml);

} // namespace rootlayer::vm
