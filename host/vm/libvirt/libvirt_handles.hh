#pragma once

// libvirt's types, for the .cc files of this directory alone.
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

/// An Error{Machine} with this thread's last words of libvirt: "WHAT: libvirt: ...", and a hint where there
/// is one.
Error libvirtError(std::string_view what);

} // namespace rootlayer::vm
