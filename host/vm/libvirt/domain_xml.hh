#pragma once

#include <optional>
#include <string>
#include <sys/types.h>

#include "vm/machine.hh"

namespace rootlayer::vm {

/// What libvirt must be told besides the machine itself.
struct DomainOptions {
    /// Whom QEMU runs as, where libvirt is root and can choose; then no file changes hands (relabel='no').
    /// Absent where libvirt runs as the caller.
    struct Owner {
        uid_t user;
        gid_t group;
    };
    std::optional<Owner> owner;
};

/// The domain's name: made of the run's directory, which nobody else has.
std::string domainName(const std::string& directory);

/// The machine as libvirt's domain XML (libvirt.org/formatdomain.html). Pure, pinned by golden files. Throws
/// Error{Input} for a path that XML cannot carry: control characters, or not UTF-8.
std::string domainXml(const MachineSpec& spec, const DomainOptions& options);

} // namespace rootlayer::vm
