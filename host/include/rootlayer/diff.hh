#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One difference between two trees.
struct TreeDifference {
    /// Path of the entry: arbitrary bytes, to be escaped before they are shown.
    std::string path;
    /// "presence", "type", "mode", "uid", "gid", "size", "mtime", "link", "device", "content" or "xattr
    /// NAME".
    std::string field;
    std::string first;  ///< the first tree's value, printable; "-" if it has none
    std::string second; ///< the second tree's value, printable; "-" if it has none
};

/// How diff() reads its images.
struct DiffOptions {
    /// Which image of several for different platforms, "os/architecture[/variant]".
    std::string platform = "linux/amd64";
    /// Requires registries to have a valid TLS certificate. False: any certificate will do, and plain HTTP.
    bool tlsVerify = true;
};

/// Compares two trees entry by entry and field by field, and reports every difference in the order of a
/// canonical layer. Each tree is a layer or an image. A layer is the path of a tar, plain or compressed, by
/// any tool; its whiteouts count as entries. An image is given as in RunSpec::from, and compared as the tree
/// of all its layers. A name without a colon, or of an existing file, is a layer. Different spellings of the
/// same content in a tar are no difference.
/// Both are read completely first; names are kept in memory, at most 1 GiB for each tree, data is not.
/// Calls `report` in this thread. Returns the number of differences. Throws Error that says which of the two
/// cannot be read.
ROOTLAYER_API std::uint64_t diff(const std::string& first, const std::string& second,
                                 const Settings& settings,
                                 const std::function<void(const TreeDifference&)>& report,
                                 const DiffOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
