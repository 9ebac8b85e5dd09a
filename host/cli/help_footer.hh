#pragma once

#include <string>
#include <vector>

namespace rootlayer::cli {

/// The end of a command's help: these examples, a line each, and its exit statuses. `own` are the statuses
/// other than those that every command has. A description may be put in front.
std::string helpFooter(const std::string& examples, const std::string& own = "0 success");

/// `own` of the commands that run a script.
constexpr const char* kScriptStatuses =
    "the script's own; 126 the script could not be executed; 127 its interpreter was not found";

/// A footer, taken apart.
struct FooterParts {
    std::string description;
    std::vector<std::string> examples;
    std::string statuses;
};
FooterParts partsOf(const std::string& footer);

} // namespace rootlayer::cli
