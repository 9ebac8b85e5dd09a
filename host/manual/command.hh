#pragma once

#include <string>
#include <vector>

namespace rootlayer::manual {

/// One option of a command.
struct Option {
    std::vector<std::string> names; ///< "-o", "--output"; a flag and its negation are one option
    std::string value;              ///< what its value is (value_kind.hh): "FILE", "text|json"; empty: none
    std::string help;               ///< words that are wrapped where they are shown
    std::string variable;           ///< environment variable that sets it; empty: none
    std::string group;              ///< one of groups()
    bool repeatable = false;
};

/// One argument that has no name on the command line.
struct Argument {
    std::string name;  ///< "IMAGE"
    std::string value; ///< what it is (value_kind.hh)
    std::string help;  ///< as in Option
    bool required = false;
    bool repeatable = false;
};

/// All that help, manual pages and completions have to know of a command.
struct Command {
    std::string path;        ///< "rootlayer cache ls"
    std::string summary;     ///< one sentence
    std::string description; ///< what else there is to say; may be empty
    std::vector<std::string> examples;
    std::string statuses; ///< "0 success; 125 rootlayer failed"
    std::vector<Argument> arguments;
    std::vector<Option> options;
    std::vector<Command> commands;
    bool takesRest = false; ///< whether it has arguments after "--"

    /// "ls"
    std::string name() const { return path.substr(path.rfind(' ') + 1); }
};

/// Options of one group, in order.
struct OptionGroup {
    std::string name;
    std::vector<Option> options;
};

/// The names of the groups, those that are used most come first.
const std::vector<std::string>& groups();

/// The options of a command by group, without empty groups.
std::vector<OptionGroup> groupedOptions(const Command& command);

/// The command and all commands below it, each before those below it.
std::vector<const Command*> allCommands(const Command& command);

/// "[OPTIONS] IMAGE NAME"; what comes after a command's path.
std::string usageOf(const Command& command);

/// "-o, --output OUTPUT"
std::string spelling(const Option& option);

} // namespace rootlayer::manual
