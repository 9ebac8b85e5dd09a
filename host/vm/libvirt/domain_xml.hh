#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// What libvirt needs besides the MachineSpec.
struct DomainOptions {
    /// The user that QEMU runs as, if libvirt runs as root and can choose. No file changes its owner
    /// (relabel='no'). Absent if libvirt runs as the caller.
    struct Owner {
        uid_t user;
        gid_t group;
    };
    std::optional<Owner> owner;
};

/// The domain's name, derived from the run's directory, which is unique.
std::string domainName(const std::string& directory);

/// The machine as libvirt's domain XML (libvirt.org/formatdomain.html). The golden files in tests/vm/golden
/// contain its output. Throws Error{Input} for a path that XML cannot represent: with control characters, or
/// not UTF-8.
std::string domainXml(const MachineSpec& spec, const DomainOptions& options);

} // namespace rootlayer::vm
