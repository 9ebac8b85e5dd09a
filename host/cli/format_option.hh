#pragma once

#include <string>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// --format text|json. Who tries --json, as other tools have it, is told the right one.
void addFormat(CLI::App& command, std::string& format);

} // namespace rootlayer::cli
