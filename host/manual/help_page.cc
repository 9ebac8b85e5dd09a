#include "manual/help_page.hh"

#include <fmt/format.h>
#include <sstream>

namespace rootlayer::manual {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 26; // where the text about a name begins

std::string entry(const std::string& name, const std::string& text) {
    auto line = "  " + name;
    const auto shown = wrapped(text, kWidth, kColumn);
    // Two blanks are between a name and its text.
    line += line.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ')
                                      : std::string(kColumn - line.size(), ' ');
    return line + shown + "\n";
}

std::string entry(const Option& option) {
    const bool onlyLong = option.names.front().starts_with("--");
    return entry((onlyLong ? "    " : "") + spelling(option), option.help);
}

std::string section(const std::string& title, const std::string& text) {
    return text.empty() ? "" : "\n" + title + ":\n" + text;
}

std::string commandsOf(const Command& command) {
    std::string text;
    for (const auto& each : command.commands)
        text += entry(each.name(), each.summary);
    return text;
}

std::string argumentsOf(const Command& command) {
    std::string text;
    for (const auto& argument : command.arguments)
        text += entry(argument.name, argument.help);
    return text;
}

std::string optionsOf(const OptionGroup& group) {
    std::string text;
    for (const auto& option : group.options)
        text += entry(option);
    return text;
}

std::string examplesOf(const Command& command) {
    std::string text;
    for (const auto& line : command.examples)
        text += "  " + line + "\n";
    return text;
}

} // namespace

std::string wrapped(const std::string& text, std::size_t width, std::size_t indent) {
    std::istringstream words(text);
    std::string result;
    std::string word;
    std::size_t column = indent;
    while (words >> word) {
        if (!result.empty() && column + 1 + word.size() > width) {
            result += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (!result.empty()) {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
    }
    return result;
}

std::string helpPage(const Command& command) {
    auto text = fmt::format("{}\n\nUsage: {} {}\n", wrapped(command.summary, kWidth, 0), command.path,
                            usageOf(command));
    if (!command.description.empty()) text += "\n" + wrapped(command.description, kWidth, 0) + "\n";
    text += section("Commands", commandsOf(command));
    text += section("Arguments", argumentsOf(command));
    for (const auto& group : groupedOptions(command))
        text += section(group.name, optionsOf(group));
    text += section("Examples", examplesOf(command));
    return text + "\n" + wrapped("Exit status: " + command.statuses, kWidth, 0) + "\n";
}

} // namespace rootlayer::manual
