#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One thing in which two trees differ.
struct TreeDifference {
    std::string path; ///< of the entry; bytes, to be quoted where people read it
    /// presence, type, mode, uid, gid, size, mtime, link, device, content, or "xattr NAME"
    std::string field;
    std::string first;  ///< printable; "-" where there is nothing
    std::string second; ///< printable
};

struct DiffOptions {
    std::string platform = "linux/amd64"; ///< which image, where there are several; any
    bool tlsVerify = true;                ///< of docker://; false: also without TLS, and with any certificate
};

/// Compares two trees entry by entry and field by field, and reports every difference in the order of a
/// canonical layer. Each is a layer (a file's path, plain or compressed, written by anybody), whose whiteouts
/// count as entries, or an image (a reference as RunSpec::from takes it), whose layers are put on one
/// another. A name without a colon, or that a file has, is a layer's. What a tar says in another way is no
/// difference. Both are read to their end first; names are in memory (as of exportImage), data is not.
/// Returns how many differences there are. Throws Error that says which of the two cannot be read.
ROOTLAYER_API std::uint64_t diff(const std::string& first, const std::string& second,
                                 const Settings& settings,
                                 const std::function<void(const TreeDifference&)>& report,
                                 const DiffOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
