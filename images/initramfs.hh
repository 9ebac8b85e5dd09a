#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/stream.hh"

namespace rootlayer::images {

/// The parts of the initramfs. Views must outlive the call.
struct InitramfsParts {
    std::string_view agent;           ///< becomes /init
    std::string_view busybox;         ///< becomes /busybox; static
    std::string modulesDirectory;     ///< a lib/modules/RELEASE; unused if `modules` is empty
    std::vector<std::string> modules; ///< relative to it, in load order
};

/// Writes the initramfs: /init, /busybox, /dev/console, the empty directories /proc, /sys and /run, and
/// /modules with the uncompressed modules (NN-name.ko). /modules/order and /modules/late list the file names,
/// one per line in load order: late has those of isLateModule(), order all others. The result is an
/// uncompressed cpio archive; the same parts give the same bytes.
void writeInitramfs(const InitramfsParts& parts, Sink& out);

} // namespace rootlayer::images
