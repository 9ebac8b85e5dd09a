#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hh"

namespace rootlayer::images {

/// What the guest's first file system is made of. Views must outlive the call.
struct InitramfsParts {
    std::string_view agent;           ///< becomes /init
    std::string_view busybox;         ///< becomes /busybox; static
    std::string modulesDirectory;     ///< a lib/modules/RELEASE; not looked at when `modules` is empty
    std::vector<std::string> modules; ///< relative to it, in the order of loading
};

/// Writes the initramfs: /init, /busybox, /dev/console, the empty directories /proc, /sys, /run, /modules
/// with the modules uncompressed (NN-name.ko), and /modules/order, their file names one a line in the order
/// of loading. An uncompressed cpio archive; same parts, same bytes.
void writeInitramfs(const InitramfsParts& parts, Sink& out);

} // namespace rootlayer::images
