#include "cli/arguments.hh"

#include <algorithm>

namespace rootlayer::cli {

namespace {

constexpr std::string_view kMark = "--";

} // namespace

std::vector<std::string> takeScriptArguments(std::vector<std::string>& arguments) {
    if (arguments.empty() || (arguments[0] != "run" && arguments[0] != "build")) return {};
    const auto mark = std::find(arguments.begin(), arguments.end(), kMark);
    if (mark == arguments.end()) return {};
    std::vector<std::string> rest(mark + 1, arguments.end());
    arguments.erase(mark, arguments.end());
    return rest;
}

std::vector<std::string> withEmptyValues(const std::vector<std::string>& arguments) {
    std::vector<std::string> result;
    for (const auto& argument : arguments) {
        const auto equals = argument.find('=');
        if (argument.starts_with(kMark) && equals != std::string::npos && equals + 1 == argument.size()) {
            result.push_back(argument.substr(0, equals));
            result.emplace_back();
        } else {
            result.push_back(argument);
        }
    }
    return result;
}

} // namespace rootlayer::cli
