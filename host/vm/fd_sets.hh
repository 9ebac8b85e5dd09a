#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hh"
#include "vm/machine.hh"

namespace rootlayer::vm {

/// The numbers of a machine's sets.
enum FdSetNumber : unsigned {
    kConsoleSet = 1,
    kLayersSet,
    kScratchSet,
    kLaterLayersSet,
    kStateSet, ///< of a template
    kFirstExtentSet = 16
};

/// A descriptor for QEMU, which opens it as /dev/fdset/NUMBER. So QEMU needs no access to the file's path.
struct FdSet {
    unsigned number = 0;
    UniqueFd fd;
};

/// What QEMU opens for the set.
std::string fdSetPath(unsigned number);

/// The layers as one disk: first the VMDK descriptor, a file without a name, in the set `number`, then its
/// extents. Throws Error{Input} if an extent is missing or too short.
std::vector<FdSet> layerSets(const std::vector<Extent>& extents, unsigned number);

} // namespace rootlayer::vm
