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

/// Adds an option that can also be set by an environment variable.
template <typename Value>
CLI::Option* addOption(CLI::App& command, const std::string& flags, Value& value, const std::string& help) {
    const auto longName = flags.substr(flags.rfind("--") + 2);
    return command.add_option(flags, value, help)->envname(variableOf(longName));
}

/// The same for an option with one value; if it is given several times, the last one counts.
inline CLI::Option* addOption(CLI::App& command, const std::string& flags, std::string& value,
                              const std::string& help) {
    return addOption<std::string>(command, flags, value, help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

} // namespace rootlayer::cli
