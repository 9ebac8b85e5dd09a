#pragma once

#include <string>

#include "manual/command.hh"

namespace rootlayer::manual {

/// A script for each shell that completes commands, options and the values that value_kind.hh knows: files,
/// directories, references of images, and words. It starts no program. To be installed, or read by the shell.
std::string bashCompletion(const Command& command);
std::string zshCompletion(const Command& command);
std::string fishCompletion(const Command& command);

/// A text as one word of a shell script, in single quotes: 'it'\''s'.
std::string singleQuoted(const std::string& text);

} // namespace rootlayer::manual
