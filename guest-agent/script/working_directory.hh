#pragma once

#include <string>

namespace rootlayer::guest {

/// Creates a directory and its parents with mode 0755, like `mkdir -p`, and also the missing targets of
/// symlinks. An absolute symlink is resolved inside `root`, an open directory; nothing may change it
/// meanwhile. Errors are ignored: the caller's chdir(2) reports them.
void makeWorkingDirectory(int root, const std::string& path);

} // namespace rootlayer::guest
