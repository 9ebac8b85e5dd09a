#include "manual/command.hh"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rootlayer::manual {

namespace {

void collect(const Command& command, std::vector<const Command*>& to) {
    to.push_back(&command);
    for (const auto& each : command.commands)
        collect(each, to);
}

std::string usageOf(const Argument& argument) {
    const auto name = argument.name + (argument.repeatable ? "..." : "");
    return argument.required ? name : "[" + name + "]";
}

} // namespace

const std::vector<std::string>& groups() {
    static const std::vector<std::string> names{"Options", "Base",    "Script", "Output", "Image",
                                                "Network", "Machine", "Cache",  "Other"};
    return names;
}

std::vector<OptionGroup> groupedOptions(const Command& command) {
    std::vector<OptionGroup> result;
    for (const auto& name : groups()) {
        OptionGroup group{name, {}};
        for (const auto& option : command.options) {
            if (option.group == name) group.options.push_back(option);
        }
        if (!group.options.empty()) result.push_back(std::move(group));
    }
    return result;
}

std::vector<const Command*> allCommands(const Command& command) {
    std::vector<const Command*> result;
    collect(command, result);
    return result;
}

std::string usageOf(const Command& command) {
    std::string text = command.commands.empty() ? "[OPTIONS]" : "COMMAND [OPTIONS]";
    for (const auto& argument : command.arguments)
        text += " " + usageOf(argument);
    return text + (command.takesRest ? " [-- ARGUMENT...]" : "");
}

std::string spelling(const Option& option) {
    const auto names = fmt::format("{}", fmt::join(option.names, ", "));
    return option.value.empty() ? names : names + " " + option.value;
}

} // namespace rootlayer::manual
