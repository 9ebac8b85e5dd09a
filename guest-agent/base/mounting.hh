#pragma once

#include <string>

namespace rootlayer::guest {

/// Calls mount(2); throws Error{System} naming the type, source and target. `type` is null for bind and move
/// mounts.
void mountAt(const std::string& source, const std::string& target, const char* type, unsigned long flags,
             const std::string& options = {});

/// Creates a directory if it does not exist, and sets exactly this mode. Only for the agent's own paths: it
/// follows symlinks.
void makeDirectory(const std::string& path, unsigned mode = 0755);

} // namespace rootlayer::guest
