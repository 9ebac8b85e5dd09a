#pragma once

#include <string>

namespace rootlayer::guest {

/// Copies a static busybox into a new folder, and makes a link to it for each of its applets, `sh` among
/// them: tools for scripts whose base has none. Throws Error{System}.
void installBusybox(const std::string& busybox, const std::string& folder);

} // namespace rootlayer::guest
