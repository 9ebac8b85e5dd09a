#pragma once

#include <string>

namespace rootlayer::guest {

/// Makes a directory and its parents with mode 0755 where they are missing, as `mkdir -p` does, and a link's
/// target where the link leads to nothing. An absolute link is one of `root`, an open directory, which
/// nobody else may change meanwhile. What cannot be made is left: the caller's chdir(2) says why.
void makeWorkingDirectory(int root, const std::string& path);

} // namespace rootlayer::guest
