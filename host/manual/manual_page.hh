#pragma once

#include <string>

#include "manual/command.hh"

namespace rootlayer::manual {

/// The page of a command in section 1, as man(7). `root` is the command that it belongs to, or itself.
std::string manualPage(const Command& command, const Command& root, const std::string& version);

/// "rootlayer-cache-ls"
std::string pageName(const Command& command);

} // namespace rootlayer::manual
