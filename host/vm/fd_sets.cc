#include "vm/fd_sets.hh"

#include <fmt/format.h>
#include <sys/mman.h>

#include "base/file.hh"
#include "base/stream.hh"
#include "base/system_error.hh"
#include "vm/vmdk_descriptor.hh"

namespace rootlayer::vm {

std::string fdSetPath(unsigned number) {
    return fmt::format("/dev/fdset/{}", number);
}

std::vector<FdSet> layerSets(const std::vector<Extent>& extents, unsigned number) {
    std::vector<FdSet> sets(1);
    std::vector<std::string> names;
    for (const auto& extent : extents) {
        const auto set = kFirstExtentSet + static_cast<unsigned>(names.size());
        sets.push_back({set, openExtent(extent)});
        names.push_back(fdSetPath(set));
    }
    UniqueFd descriptor(::memfd_create("rootlayer-layers", MFD_CLOEXEC));
    if (!descriptor) throw systemError("cannot create a file for the list of layers");
    FdSink(descriptor.get(), "the list of layers").write(vmdkDescriptor(extents, names));
    // A read-only set needs a read-only descriptor.
    sets[0] = {number, openInput(fmt::format("/proc/self/fd/{}", descriptor.get()), "list of layers")};
    return sets;
}

} // namespace rootlayer::vm
