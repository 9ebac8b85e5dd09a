#pragma once

#include <optional>
#include <string>

namespace rootlayer::vm {

/// What libvirt found out about a QEMU, in the cache: its XML, and a last line with the digest of that.
/// nullopt when the file is missing or damaged: libvirt looks at that QEMU again.
std::optional<std::string> readCapabilityFile(const std::string& path);

/// Throws when it cannot be written. It appears whole or not at all, and is left as it is when it says the
/// same.
void writeCapabilityFile(const std::string& path, const std::string& xml);

} // namespace rootlayer::vm
