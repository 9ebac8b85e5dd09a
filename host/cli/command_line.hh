#pragma once

#include <string>
#include <vector>

#include <rootlayer/error.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Parses arguments (without the program's name). Returns false if it printed help or the version; a command
/// that only groups others prints its help when given alone. Throws Error{Usage} with what was most likely
/// meant.
bool parseCommandLine(CLI::App& app, const std::vector<std::string>& arguments);

/// Prints the help of the command that the words name; without words, that of rootlayer.
void printHelp(CLI::App& app, const std::vector<std::string>& words);

/// The option that an error's hint names, or else its message if the command has it; "--memory". Empty if
/// there is none.
std::string optionToTry(CLI::App& app, const Error& error);

/// The environment variable that set the option in a message, such as "ROOTLAYER_MEMORY" for "--memory does
/// not take ..."; empty if the arguments set it.
std::string variableBehind(CLI::App& app, const std::vector<std::string>& arguments,
                           const std::string& message);

} // namespace rootlayer::cli
