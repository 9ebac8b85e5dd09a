#pragma once

#include <string>

namespace rootlayer::guest {

/// mount(2), or an Error{System} that names the type and both ends.
void mountAt(const std::string& source, const std::string& target, const char* type, unsigned long flags,
             const std::string& options = {});

/// Makes a directory, unless it is there, with exactly this mode. Only in places of our own.
void makeDirectory(const std::string& path, unsigned mode = 0755);

} // namespace rootlayer::guest
