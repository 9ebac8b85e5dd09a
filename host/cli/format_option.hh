#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Adds --format text|json. --json, as other tools have it, is an error with the right option as its hint.
void addFormat(CLI::App& command, std::string& format);

} // namespace rootlayer::cli
