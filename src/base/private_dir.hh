#pragma once

#include <string>

namespace rootlayer {

/// Makes a directory of ours, mode 0700, in a parent that others can write to, such as /tmp; one that is
/// there is taken when it is ours. False when the parent does not take it. Throws Error{Input} with the
/// caller's hint when the name is a link, another kind of file, or another user's.
bool makePrivateDir(const std::string& path, const std::string& hint);

} // namespace rootlayer
