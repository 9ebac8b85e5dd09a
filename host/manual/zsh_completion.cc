#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completion.hh"
#include "manual/value_kind.hh"

namespace rootlayer::manual {

namespace {

constexpr const char* kFunctions = R"sh(
_rootlayer_reference() { # PATHS WORDS FILE-PREFIXES TREE-PREFIXES OPEN-PREFIXES
    local prefix found=1
    for prefix in ${=3}; do
        compset -P "$prefix" && { _files; return }
    done
    for prefix in ${=4}; do
        compset -P "$prefix" && { _files -/; return }
    done
    compadd -- ${=2} && found=0
    compadd -S '' -- ${=3} ${=4} ${=5} && found=0
    [[ $1 != files ]] || { _files && found=0 }
    return found
}

# The arguments after "--".
_rootlayer_rest() {
    (( ${words[(I)--]} )) && _files
}

if [[ $funcstack[1] == _rootlayer ]]; then
    _rootlayer "$@"
else
    compdef _rootlayer rootlayer
fi
)sh";

/// "rootlayer cache ls" -> "_rootlayer_cache_ls"
std::string functionOf(const Command& command) {
    std::string name = "_";
    for (const char c : command.path)
        name += c == ' ' ? '_' : c;
    return name;
}

/// The characters with a meaning in a specification of _arguments.
std::string escapedFor(std::string_view special, const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos || c == '\\') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result;
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

/// With a blank in front, _arguments does not put options for compadd behind the function's name.
std::string actionOf(const ValueKind& kind) {
    const bool reference =
        !kind.filePrefixes.empty() || !kind.treePrefixes.empty() || !kind.openPrefixes.empty();
    if (reference || (kind.files && !kind.words.empty())) {
        return fmt::format(R"( _rootlayer_reference "{}" "{}" "{}" "{}" "{}")", kind.files ? "files" : "",
                           joined(kind.words), escapedFor(":", joined(kind.filePrefixes)),
                           escapedFor(":", joined(kind.treePrefixes)),
                           escapedFor(":", joined(kind.openPrefixes)));
    }
    if (!kind.words.empty()) return "(" + joined(kind.words) + ")";
    if (kind.files) return "_files";
    return kind.directories ? "_files -/" : " ";
}

std::string valueOf(const std::string& value) {
    return fmt::format(":{}:{}", escapedFor(":", value), actionOf(valueKind(value)));
}

/// One specification for each name; each excludes the others, unless the option can be repeated.
std::string optionLines(const Option& option) {
    std::string lines;
    const auto rest = fmt::format("[{}]{}", escapedFor("[]", option.help),
                                  option.value.empty() ? "" : valueOf(option.value));
    const auto others = option.repeatable ? "*" : fmt::format("({})", joined(option.names));
    for (const auto& name : option.names) {
        const char* sign = option.value.empty() ? "" : name.starts_with("--") ? "=" : "+";
        lines += " \\\n        " + singleQuoted(others + name + sign + rest);
    }
    return lines;
}

std::string argumentLines(const Command& command) {
    std::string lines;
    std::size_t number = 0;
    for (const auto& argument : command.arguments) {
        const auto place = argument.repeatable ? "*" : std::to_string(++number);
        const auto kind = valueKind(argument.value);
        lines += " \\\n        " +
                 singleQuoted(fmt::format("{}:{}:{}", place, escapedFor(":", argument.name), actionOf(kind)));
    }
    if (command.takesRest) lines += " \\\n        '*:argument:_rootlayer_rest'";
    return lines;
}

std::string subcommandLines(const Command& command) {
    std::string list;
    std::string arms;
    for (const auto& each : command.commands) {
        list += "\n            " +
                singleQuoted(escapedFor(":", each.name()) + ":" + escapedFor(":", each.summary));
        arms += fmt::format("        {}) {} ;;\n", each.name(), functionOf(each));
    }
    return fmt::format(" \\\n        '1:command:->command' \\\n        '*::argument:->argument'\n"
                       "    case $state in\n    command)\n        local -a commands=({}\n        )\n"
                       "        _describe -t commands command commands\n        ;;\n"
                       "    argument)\n        case $line[1] in\n{}        esac\n        ;;\n    esac\n",
                       list, arms);
}

std::string functionFor(const Command& command) {
    std::string text = functionOf(command) + "() {\n";
    const bool group = !command.commands.empty();
    if (group) text += "    local context state state_descr line\n    typeset -A opt_args\n";
    text += group ? "    _arguments -C -S" : "    _arguments -s -S";
    for (const auto& option : command.options)
        text += optionLines(option);
    text += group ? subcommandLines(command) : argumentLines(command) + "\n";
    return text + "}\n\n";
}

} // namespace

std::string zshCompletion(const Command& command) {
    std::string text =
        "#compdef rootlayer\n# Completion of rootlayer's commands, options and values for zsh.\n\n";
    for (const auto* each : allCommands(command))
        text += functionFor(*each);
    text.pop_back();
    return text + kFunctions;
}

} // namespace rootlayer::manual
