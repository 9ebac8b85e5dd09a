#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Parses arguments (without the program's name). Returns false when help or the version was asked for, which
/// is printed; a command that only groups others shows its help when it is given alone. Throws Error{Usage}
/// that says what was most likely meant.
bool parseCommandLine(CLI::App& app, const std::vector<std::string>& arguments);

/// Prints the help of the command that the words name; none: of all.
void printHelp(CLI::App& app, const std::vector<std::string>& words);

/// The variable of the environment that gave the option which a message names, such as "ROOTLAYER_MEMORY" for
/// "--memory does not take ..."; empty when the arguments gave it.
std::string variableBehind(CLI::App& app, const std::vector<std::string>& arguments,
                           const std::string& message);

} // namespace rootlayer::cli
