#pragma once

// libvirt's types. Only for this directory.
#include <libvirt/libvirt.h>
#include <memory>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::vm {

struct DomainDeleter {
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
};
/// A reference to a domain; freeing it does not stop the machine.
using DomainHandle = std::unique_ptr<virDomain, DomainDeleter>;

/// An Error{Machine} with libvirt's last error in this thread, "WHAT: libvirt: ...", and a hint if one is
/// known.
Error libvirtError(std::string_view what);

} // namespace rootlayer::vm
