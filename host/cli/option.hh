#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rootlayer::cli {

/// --source-date-epoch -> ROOTLAYER_SOURCE_DATE_EPOCH
inline std::string variableOf(const std::string& option) {
    std::string name = "ROOTLAYER_";
    for (const char c : option)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

/// The options that are added to the command from now on are in this group of its help (manual/command.hh).
inline void beginGroup(CLI::App& command, const std::string& group) {
    command.option_defaults()->group(group);
}

/// Adds an option that can also be set by an environment variable. After the names in `flags` comes what the
/// value is, as manual/value_kind.hh has it: "-o,--output OUTPUT".
template <typename Value>
CLI::Option* addOption(CLI::App& command, const std::string& flags, Value& value, const std::string& help) {
    const auto names = flags.substr(0, flags.find(' '));
    const auto longName = names.substr(names.rfind("--") + 2);
    auto* option = command.add_option(names, value, help)->envname(variableOf(longName));
    if (names.size() < flags.size()) option->type_name(flags.substr(names.size() + 1));
    return option;
}

/// The same for an option with one value; if it is given several times, the last one counts.
inline CLI::Option* addOption(CLI::App& command, const std::string& flags, std::string& value,
                              const std::string& help) {
    return addOption<std::string>(command, flags, value, help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

} // namespace rootlayer::cli
