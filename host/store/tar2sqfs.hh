#pragma once

#include <functional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer::store {

/// Writes a tar through tar2sqfs (squashfs-tools-ng) into a squashfs image, compressed with lz4, padded to
/// 4096 bytes. `writeTar` gets the sink for the tar; when it returns false all is given up, and so does this.
/// Throws Error{System} with what tar2sqfs said when it fails, Error{Timeout} when it takes nothing for a
/// minute. The same tar gives the same image.
bool makeSquashfs(const std::string& image, const std::function<bool(Sink&)>& writeTar,
                  const CancelToken* cancel);

} // namespace rootlayer::store
