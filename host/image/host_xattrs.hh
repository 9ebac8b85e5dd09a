#pragma once

#include <map>
#include <string>

namespace rootlayer::image {

/// Reads the extended attributes of a file of the host that a layer keeps; `path` is followed. Returns 0 or
/// errno.
int readXattrs(const std::string& path, std::map<std::string, std::string>& result);

} // namespace rootlayer::image
