#include "vm/vmdk_descriptor.hh"

#include <cstdint>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer::vm {

namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kAlignment = 4096;

} // namespace

UniqueFd openExtent(const Extent& extent) {
    auto fd = openInput(extent.path, "layer disk");
    const auto size = fileSize(fd.get());
    if (size >= extent.size) return fd;
    throw Error(
        ErrorCode::Input,
        fmt::format("layer disk {} has {} bytes instead of {}", quote(extent.path), size, extent.size),
        "the cache is damaged: clear it and try again");
}

std::string vmdkDescriptorPath(const std::string& directory) {
    return directory + "/layers.vmdk";
}

std::string vmdkDescriptor(const std::vector<Extent>& extents, const std::vector<std::string>& names) {
    std::string text = "# Disk DescriptorFile\n"
                       "version=1\n"
                       "CID=fffffffe\n"
                       "parentCID=ffffffff\n"
                       "createType=\"twoGbMaxExtentFlat\"\n"
                       "\n"
                       "# Extent description\n";
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const auto size = extents[i].size;
        if (size == 0 || size % kAlignment != 0) {
            throw Error(ErrorCode::Internal, fmt::format("layer disk {} has {} bytes, not a multiple of {}",
                                                         quote(extents[i].path), size, kAlignment));
        }
        text += fmt::format("RW {} FLAT \"{}\" 0\n", size / kSector, names.at(i));
    }
    return text + "\n# The Disk Data Base\nddb.adapterType = \"ide\"\n";
}

void writeVmdkDescriptor(const std::string& directory, const std::vector<Extent>& extents) {
    if (extents.empty()) throw Error(ErrorCode::Internal, "a machine without layers");
    std::vector<std::string> names;
    for (const auto& extent : extents) {
        openExtent(extent);
        names.push_back(fmt::format("layer-{}", names.size()));
        const auto link = directory + "/" + names.back();
        if (::symlink(extent.path.c_str(), link.c_str()) != 0) {
            throw systemError(fmt::format("cannot create the symlink {}", quote(link)));
        }
    }
    writeFile(vmdkDescriptorPath(directory), vmdkDescriptor(extents, names));
}

} // namespace rootlayer::vm
