#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rootlayer::layer {

enum class EntryType { File, HardLink, Symlink, CharDevice, BlockDevice, Directory, Fifo };

/// One entry of a layer tar (OCI layer.md). Names are bytes.
struct Entry {
    std::string path; ///< canonical: relative, no empty, "." or ".." component, no slash at either end
    EntryType type = EntryType::File;
    std::uint32_t mode = 0; ///< the low 12 bits
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0; ///< File only
    std::int64_t mtime = 0; ///< seconds
    std::string linkTarget; ///< Symlink: the target, unchanged; HardLink: the path of an earlier entry
    std::uint32_t devMajor = 0;
    std::uint32_t devMinor = 0;
    std::map<std::string, std::string> xattrs;

    friend bool operator==(const Entry&, const Entry&) = default;
};

} // namespace rootlayer::layer
