#pragma once

#include <string>
#include <string_view>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "images/kernel_package.hh"

namespace rootlayer::images {

/// The value of --kernel that selects it.
inline constexpr std::string_view kTunedKernel = "tuned";

/// The options of the guest's own kernel: images/kernel/config.
std::string_view tunedKernelConfig();

/// Builds the guest's own kernel from Debian's sources in `directory`, a temporary directory of the caller: a
/// download of 140 MB, 1.7 GB of disk, some minutes on all processors. Needs the usual tools for building a
/// kernel, but not root. Throws Error{Machine} saying what is missing, with a hint.
KernelFiles buildTunedKernel(const std::string& directory, Observer* observer = nullptr,
                             const CancelToken* cancel = nullptr);

} // namespace rootlayer::images
