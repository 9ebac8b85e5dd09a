#pragma once

#include <string>

namespace rootlayer::guest {

/// Copies a static busybox into a new directory and creates a symlink for each of its applets, `sh` among
/// them: tools for scripts whose base has none. Throws Error{System}.
void installBusybox(const std::string& busybox, const std::string& directory);

} // namespace rootlayer::guest
