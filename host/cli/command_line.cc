#include "cli/command_line.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fmt/format.h>
#include <sstream>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "cli/command_table.hh"
#include "cli/option_in.hh"
#include "cli/standard_streams.hh"
#include "cli/suggestion.hh"
#include "manual/help_page.hh"

namespace rootlayer::cli {

namespace {

constexpr auto kAnyCommand = [](CLI::App*) { return true; };
constexpr auto kAnyOption = [](CLI::Option*) { return true; };

std::vector<std::string> commandsOf(CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* each : command.get_subcommands(kAnyCommand))
        names.push_back(each->get_name());
    return names;
}

std::vector<std::string> optionsOf(CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* option : command.get_options(kAnyOption)) {
        for (const auto& name : option->get_lnames())
            names.push_back("--" + name);
        for (const auto& name : option->get_snames())
            names.push_back("-" + name);
    }
    return names;
}

/// The innermost command that was named.
CLI::App& chosenIn(CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : chosenIn(*chosen.front());
}

bool isOption(const std::string& word) {
    return word.size() > 1 && word[0] == '-';
}

/// --memory=1G and -m1G are --memory and -m.
std::string nameIn(const std::string& word) {
    return word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
}

[[noreturn]] void refuseOption(CLI::App& command, const std::string& word) {
    const auto name = word.starts_with("--") ? word.substr(0, word.find('=')) : word;
    throw Error(ErrorCode::Usage, fmt::format("{} has no option {}", pathOf(command), escaped(name)),
                didYouMean(name, optionsOf(command), pathOf(command) + " --help"));
}

[[noreturn]] void refuseCommand(CLI::App& command, const std::string& word) {
    throw Error(ErrorCode::Usage, fmt::format("{} has no command {}", pathOf(command), quote(word)),
                didYouMean(word, commandsOf(command), pathOf(command) + " --help"));
}

/// Throws for an option in front of its command.
void refuseMisplaced(CLI::App& app, CLI::App& command, const std::string& word) {
    const auto known = optionsOf(command);
    if (&app == &command || std::find(known.begin(), known.end(), nameIn(word)) == known.end()) return;
    throw Error(ErrorCode::Usage, fmt::format("the option {} comes before the command", nameIn(word)),
                fmt::format("{} {}", pathOf(command), escaped(word)));
}

/// Throws for words that no command takes.
void refuseRemaining(CLI::App& app) {
    auto& command = chosenIn(app);
    for (CLI::App* each = &command; each != nullptr; each = each->get_parent()) {
        const auto words = each->remaining(false);
        if (words.empty()) continue;
        if (each == &command && !isOption(words.front()) && !commandsOf(*each).empty())
            refuseCommand(*each, words.front());
        const auto option = std::find_if(words.begin(), words.end(), isOption);
        if (option != words.end()) {
            refuseMisplaced(*each, command, *option);
            refuseOption(*each, *option);
        }
        throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", pathOf(*each), quote(words.front())),
                    pathOf(*each) + " --help");
    }
}

bool isGivenIn(const std::vector<std::string>& arguments, const CLI::Option& option) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& word) {
        if (!isOption(word)) return false;
        const auto name = nameIn(word);
        const auto is = [&](const std::string& known) { return name == "--" + known || name == "-" + known; };
        return std::any_of(option.get_lnames().begin(), option.get_lnames().end(), is) ||
               std::any_of(option.get_snames().begin(), option.get_snames().end(), is);
    });
}

/// Whether the text has the word, not only as part of a longer one, as --disk in --disk-size.
bool names(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool whole = end == text.size() ||
                           (std::isalnum(static_cast<unsigned char>(text[end])) == 0 && text[end] != '-');
        if (whole && (at == 0 || text[at - 1] != '-')) return true;
    }
    return false;
}

/// CLI11's error with a better message, where there is one.
Error asError(CLI::App& app, const CLI::ParseError& error) {
    const std::string text = error.what();
    const auto help = pathOf(chosenIn(app)) + " --help";
    const auto colon = std::min(text.find(": "), text.size());
    const auto option = text.substr(0, colon);
    if (text.ends_with(" missing")) return {ErrorCode::Usage, option + " needs a value", help};
    return {ErrorCode::Usage, text, help};
}

void showHelp(CLI::App& command) {
    toStdout(manual::helpPage(describe(command)));
}

} // namespace

bool parseCommandLine(CLI::App& app, const std::vector<std::string>& arguments) {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend()); // as CLI11 expects them
    try {
        app.parse(std::move(reversed));
        return true;
    } catch (const CLI::CallForHelp&) {
        showHelp(chosenIn(app));
        return false;
    } catch (const CLI::Success& success) {
        std::ostringstream text;
        app.exit(success, text, text);
        toStdout(text.str());
        return false;
    } catch (const CLI::ParseError& error) {
        refuseRemaining(app);
        auto& command = chosenIn(app);
        if (commandsOf(command).empty()) throw asError(app, error);
        showHelp(command);
        return false;
    }
}

void printHelp(CLI::App& app, const std::vector<std::string>& words) {
    CLI::App* command = &app;
    for (const auto& word : words) {
        const auto isNamed = [&](const CLI::App* each) { return each->get_name() == word; };
        const auto named = command->get_subcommands(isNamed);
        if (named.empty()) refuseCommand(*command, word);
        command = named.front();
    }
    showHelp(*command);
}

std::string optionToTry(CLI::App& app, const Error& error) {
    const auto hinted = optionIn(error.hint(), [](const std::string& name) { return name != "--help"; });
    if (!hinted.empty()) return hinted;
    const auto known = optionsOf(chosenIn(app));
    return optionIn(error.what(), [&](const std::string& name) {
        return std::find(known.begin(), known.end(), name) != known.end();
    });
}

std::string variableBehind(CLI::App& app, const std::vector<std::string>& arguments,
                           const std::string& message) {
    for (const auto* option : chosenIn(app).get_options(kAnyOption)) {
        const auto variable = option->get_envname();
        const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
        if (value == nullptr || *value == '\0' || isGivenIn(arguments, *option)) continue;
        if (message.find(quote(value)) != std::string::npos) return variable;
        for (const auto& name : option->get_lnames()) {
            if (names(message, "--" + name)) return variable;
        }
    }
    return {};
}

} // namespace rootlayer::cli
