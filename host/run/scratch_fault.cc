#include "run/scratch_fault.hh"

#include <fmt/format.h>

#include "base/escape.hh"

namespace rootlayer::run {

Error scratchError(const vm::DiskFault& fault, const std::string& directory) {
    if (fault.full) {
        return Error(
            ErrorCode::Resource,
            fmt::format("the disk under {} is full: the script's disk is kept there", quote(directory)),
            "free some space, or point TMPDIR to a larger file system; a --disk-size that fits lets "
            "the script itself see the full disk");
    }
    const auto reason = fault.reason.empty() ? std::string() : ": " + fault.reason;
    return Error(ErrorCode::Resource,
                 fmt::format("the script's disk under {} failed{}", quote(directory), reason),
                 "check the disk and your quota there, or point TMPDIR to another file system");
}

} // namespace rootlayer::run
