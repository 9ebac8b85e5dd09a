#pragma once

#include <functional>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer::store {

/// Pipes a tar through tar2sqfs (squashfs-tools-ng) into a squashfs image, compressed with lz4 and padded to
/// 4096 bytes. `writeTar` writes the tar to the sink; if it returns false, the image is abandoned and false
/// is returned. Throws Error{System} with tar2sqfs's messages if it fails, Error{Resource} if the tar has too
/// many owners for a squashfs, Error{Timeout} if tar2sqfs reads nothing for a minute. The same tar gives the
/// same image.
bool makeSquashfs(const std::string& image, const std::function<bool(Sink&)>& writeTar,
                  const CancelToken* cancel);

} // namespace rootlayer::store
