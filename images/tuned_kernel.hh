#pragma once

#include <string>
#include <string_view>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "images/kernel_package.hh"

namespace rootlayer::images {

/// What --kernel says to mean it.
inline constexpr std::string_view kTunedKernel = "tuned";

/// The options of the guest's own kernel: images/kernel/config.
std::string_view tunedKernelConfig();

/// Builds the guest's own kernel from Debian's sources inside `directory`, a temporary directory of the
/// caller's: a download of 140 MB, 1.7 GB of disk, some minutes on all processors. Needs what builds any
/// kernel, but not root. Throws Error{Machine} saying what is missing and what to do.
KernelFiles buildTunedKernel(const std::string& directory, Observer* observer = nullptr,
                             const CancelToken* cancel = nullptr);

} // namespace rootlayer::images
