#pragma once

#include <string>

namespace rootlayer {

/// Creates a directory with mode 0700 in a parent that others can write to, such as /tmp. An existing
/// directory is accepted if this user owns it. Returns false if mkdir(2) fails. Throws Error{Input} with the
/// caller's hint if the name is a symlink, another kind of file, or owned by another user.
bool makePrivateDir(const std::string& path, const std::string& hint);

} // namespace rootlayer
