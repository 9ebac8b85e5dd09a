#pragma once

#include <map>
#include <string>

namespace rootlayer::image {

/// Reads the extended attributes of a file of the host that a layer keeps; `path` is followed. Sets `lost` if
/// there is one of trusted.*, which a layer cannot hold (those of overlayfs do not count). Returns 0 or
/// errno.
int readXattrs(const std::string& path, std::map<std::string, std::string>& result, bool* lost = nullptr);

} // namespace rootlayer::image
