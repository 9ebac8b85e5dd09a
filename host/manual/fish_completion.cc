#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completion.hh"
#include "manual/value_kind.hh"

namespace rootlayer::manual {

namespace {

constexpr const char* kFunctions = R"sh(# Completion of rootlayer's commands, options and values for fish.

# Whether these words are the command that was given, with more words or without.
function __rootlayer_in
    set -l words (commandline -opc)
    set -l last (math (count $argv) + 1)
    if test (count $argv) -eq 0
        test (count $words) -eq 1
        return
    end
    test (count $words) -ge $last; and test "$words[2..$last]" = "$argv"
end

# Whether a command is to be completed after these words.
function __rootlayer_after
    set -l words (commandline -opc)
    test (count $words) -eq (math (count $argv) + 1); and test "$words[2..]" = "$argv"
end

# Whether the current word is after "--".
function __rootlayer_rest
    contains -- -- (commandline -opc)
end

# Files, or directories, whose names begin with a path; BEFORE is in front of each.
function __rootlayer_paths -a kind path before
    set -l found $path*
    for each in $found
        if test -d $each
            echo $before$each/
        else if test $kind = files
            echo $before$each
        end
    end
end

# References of images that begin as the current word does. The prefixes end with ":".
function __rootlayer_reference -a paths values file_prefixes tree_prefixes open_prefixes
    set -l token (string replace -r -- '^--[a-z-]+=' '' (commandline -ct))
    for prefix in (string split -n ' ' -- $file_prefixes)
        string match -q -- "$prefix*" $token
        and __rootlayer_paths files (string replace -- $prefix '' $token) $prefix
    end
    for prefix in (string split -n ' ' -- $tree_prefixes)
        string match -q -- "$prefix*" $token
        and __rootlayer_paths directories (string replace -- $prefix '' $token) $prefix
    end
    string split -n ' ' -- $values $file_prefixes $tree_prefixes $open_prefixes
    test "$paths" = files; and __rootlayer_paths files $token ''
end

complete -c rootlayer -f
)sh";

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') result += '\\';
        result += c == '\n' ? ' ' : c;
    }
    return result + "'";
}

/// "cache ls" of "rootlayer cache ls"
std::string below(const Command& command) {
    const auto space = command.path.find(' ');
    return space == std::string::npos ? "" : command.path.substr(space);
}

std::string flagsOf(const ValueKind& kind) {
    const bool reference =
        !kind.filePrefixes.empty() || !kind.treePrefixes.empty() || !kind.openPrefixes.empty();
    if (reference) {
        return "-a " +
               quoted(fmt::format(R"((__rootlayer_reference "{}" "{}" "{}" "{}" "{}"))",
                                  kind.files ? "files" : "", joined(kind.words), joined(kind.filePrefixes),
                                  joined(kind.treePrefixes), joined(kind.openPrefixes)));
    }
    std::string flags = kind.files ? "-F" : "";
    if (!kind.words.empty()) flags += (flags.empty() ? "-a " : " -a ") + quoted(joined(kind.words));
    if (kind.directories) flags += "-a '(__fish_complete_directories)'";
    return flags;
}

std::string condition(const char* function, const Command& command) {
    return "complete -c rootlayer -n " + quoted(function + below(command));
}

std::string optionLine(const Command& command, const Option& option) {
    auto line = condition("__rootlayer_in", command);
    for (const auto& name : option.names)
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    line += " -d " + quoted(option.help);
    if (option.value.empty()) return line + "\n";
    const auto flags = flagsOf(valueKind(option.value));
    // Without -f, -r offers files, although all others are off.
    const bool files = flags.find("-F") != std::string::npos;
    return line + " -r" + (files ? "" : " -f") + (flags.empty() ? "" : " " + flags) + "\n";
}

std::string linesFor(const Command& command) {
    std::string text;
    for (const auto& each : command.commands) {
        text += fmt::format("{} -a {} -d {}\n", condition("__rootlayer_after", command), each.name(),
                            quoted(each.summary));
    }
    for (const auto& option : command.options)
        text += optionLine(command, option);
    std::string values;
    for (const auto& argument : command.arguments)
        values += (values.empty() ? "" : "|") + argument.value;
    const auto flags = flagsOf(valueKind(values));
    if (!flags.empty()) text += condition("__rootlayer_in", command) + " " + flags + "\n";
    if (command.takesRest) {
        text += fmt::format("complete -c rootlayer -n '__rootlayer_in{}; and __rootlayer_rest' -F\n",
                            below(command));
    }
    return text;
}

} // namespace

std::string fishCompletion(const Command& command) {
    std::string text = kFunctions;
    for (const auto* each : allCommands(command))
        text += "\n" + linesFor(*each);
    return text;
}

} // namespace rootlayer::manual
