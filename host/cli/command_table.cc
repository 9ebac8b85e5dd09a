#include "cli/command_table.hh"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/help_footer.hh"

namespace rootlayer::cli {

namespace {

constexpr auto kAnyCommand = [](CLI::App*) { return true; };
constexpr auto kAnyOption = [](CLI::Option*) { return true; };

manual::Argument argumentOf(const CLI::Option& option) {
    return {option.get_name(true), option.get_type_name(), option.get_description(), option.get_required(),
            option.get_expected_max() > 1};
}

manual::Option optionOf(const CLI::Option& option, const std::string& group) {
    manual::Option result;
    for (const auto& name : option.get_snames())
        result.names.push_back("-" + name);
    for (const auto& name : option.get_lnames())
        result.names.push_back("--" + name);
    if (option.get_items_expected_max() > 0) result.value = option.get_type_name();
    result.help = option.get_description();
    result.variable = option.get_envname();
    result.group = group;
    result.repeatable = option.get_expected_max() > 1;
    return result;
}

} // namespace

std::string pathOf(CLI::App& command) {
    auto* parent = command.get_parent();
    return (parent == nullptr ? "" : pathOf(*parent) + " ") + command.get_name();
}

manual::Command describe(CLI::App& command) {
    manual::Command result;
    result.path = pathOf(command);
    result.summary = command.get_description();
    const auto footer = partsOf(command.get_footer());
    result.description = footer.description;
    result.examples = footer.examples;
    result.statuses = footer.statuses;
    for (const auto* option : command.get_options(kAnyOption)) {
        if (option->get_group().empty()) continue;
        const bool common = option == command.get_help_ptr() || option == command.get_version_ptr();
        if (option->get_positional()) {
            result.arguments.push_back(argumentOf(*option));
        } else {
            result.options.push_back(optionOf(*option, common ? "Other" : option->get_group()));
        }
    }
    // Help comes last.
    std::stable_partition(result.options.begin(), result.options.end(),
                          [](const manual::Option& option) { return option.names.back() != "--help"; });
    result.takesRest = command.get_option_no_throw("--args") != nullptr;
    for (auto* each : command.get_subcommands(kAnyCommand)) {
        if (!each->get_group().empty()) result.commands.push_back(describe(*each));
    }
    return result;
}

} // namespace rootlayer::cli
