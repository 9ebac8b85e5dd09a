#pragma once

#include "manual/command.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// What CLI11 knows of a command and of those below it. Hidden options and commands are left out.
manual::Command describe(CLI::App& command);

/// "rootlayer cache ls"
std::string pathOf(CLI::App& command);

} // namespace rootlayer::cli
