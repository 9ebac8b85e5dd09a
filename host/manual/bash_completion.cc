#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

#include "manual/completion.hh"
#include "manual/value_kind.hh"

namespace rootlayer::manual {

namespace {

// bash splits words at ":" and "=" too; _rootlayer_words puts them together again as rootlayer gets them.
constexpr const char* kFunctions = R"sh(
# Sets `words` to the words up to the cursor, and `cut` to the part of the last one that bash keeps.
_rootlayer_words() {
    local line=${COMP_LINE:0:COMP_POINT} trimmed word i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${line#"${line%%[![:space:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$trimmed
        if [[ $line == "$trimmed" && ${#words[@]} -gt 0 ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        line=${trimmed#"$word"}
    done
    word=${words[${#words[@]}-1]}
    cut=
    [[ $COMP_WORDBREAKS == *:* && $word == *:* ]] && cut=${word%"${word##*:}"}
    [[ $COMP_WORDBREAKS == *=* && $word == *=* && ${word%"${word##*=}"} > $cut ]] && cut=${word%"${word##*=}"}
    return 0
}

# Adds the files, or with -d directories, that begin with a value; BEFORE is in front of each.
_rootlayer_files() { # -f|-d VALUE BEFORE
    local file
    while IFS= read -r file; do
        [[ $3 == *: && -d $file ]] && file+=/
        COMPREPLY+=("$3$file")
    done < <(compgen "$1" -- "$2")
    [[ -n $3 ]] || compopt -o filenames 2>/dev/null
    return 0
}

# Adds what a value may be, after _rootlayer_value has said what it is.
_rootlayer_complete_value() { # VALUE BEFORE
    local prefix
    for prefix in $file_prefixes; do
        [[ $1 == "$prefix"* ]] && { _rootlayer_files -f "${1#"$prefix"}" "$2$prefix"; return; }
    done
    for prefix in $tree_prefixes; do
        [[ $1 == "$prefix"* ]] && { _rootlayer_files -d "${1#"$prefix"}" "$2$prefix"; return; }
    done
    local word
    for word in $(compgen -W "$values $file_prefixes $tree_prefixes $open_prefixes" -- "$1"); do
        COMPREPLY+=("$2$word")
    done
    case $paths in
    files) _rootlayer_files -f "$1" "$2" ;;
    directories) _rootlayer_files -d "$1" "$2" ;;
    esac
}

_rootlayer() {
    local words cut i word option= rest= path=rootlayer last
    local commands options takes values paths file_prefixes tree_prefixes open_prefixes
    COMPREPLY=()
    _rootlayer_words
    last=$((${#words[@]} - 1))
    _rootlayer_command "$path"
    for ((i = 1; i < last; i++)); do
        word=${words[i]}
        case $word in
        --) rest=yes && break ;;
        --*=*) ;;
        -*)
            _rootlayer_value "$path $word"
            [[ -z $takes ]] || ((++i < last)) || option=$word
            ;;
        *) [[ " $commands " != *" $word "* ]] || { path+=" $word" && _rootlayer_command "$path"; } ;;
        esac
    done
    word=${words[last]}
    if [[ -n $rest ]]; then
        _rootlayer_files -f "$word" ''
    elif [[ -n $option ]]; then
        _rootlayer_value "$path $option"
        _rootlayer_complete_value "$word" ''
    elif [[ $word == --*=* ]]; then
        _rootlayer_value "$path ${word%%=*}"
        _rootlayer_complete_value "${word#*=}" "${word%%=*}="
    elif [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
        _rootlayer_value "$path"
        _rootlayer_complete_value "$word" ''
    fi
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$cut"}
    done
    [[ ${#COMPREPLY[@]} -ne 1 || $COMPREPLY != *[:/] ]] || compopt -o nospace 2>/dev/null
    return 0
}

complete -F _rootlayer rootlayer
)sh";

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

/// The variables that say what a value is; empty if it cannot be completed.
std::string assignments(const ValueKind& kind) {
    std::string text;
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) text += fmt::format(" {}='{}'", name, value);
    };
    add("values", joined(kind.words));
    add("paths", kind.files ? "files" : kind.directories ? "directories" : "");
    add("file_prefixes", joined(kind.filePrefixes));
    add("tree_prefixes", joined(kind.treePrefixes));
    add("open_prefixes", joined(kind.openPrefixes));
    return text;
}

std::string commandArm(const Command& command) {
    std::vector<std::string> commands;
    std::vector<std::string> options;
    for (const auto& each : command.commands)
        commands.push_back(each.name());
    for (const auto& option : command.options)
        options.insert(options.end(), option.names.begin(), option.names.end());
    return fmt::format("    '{}')\n        commands='{}'\n        options='{}'\n        ;;\n", command.path,
                       joined(commands), joined(options));
}

using Arms = std::map<std::string, std::vector<std::string>>;

/// What is assigned for which options, and for the arguments of a command by the command alone.
void addValues(const Command& command, Arms& arms) {
    for (const auto& option : command.options) {
        if (option.value.empty()) continue;
        auto& patterns = arms["takes=yes" + assignments(valueKind(option.value))];
        for (const auto& name : option.names)
            patterns.push_back(fmt::format("'{} {}'", command.path, name));
    }
    std::string values;
    for (const auto& argument : command.arguments)
        values += (values.empty() ? "" : "|") + argument.value;
    const auto kind = valueKind(values);
    if (!kind.empty()) arms[assignments(kind).substr(1)].push_back(fmt::format("'{}'", command.path));
}

} // namespace

std::string singleQuoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text)
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

std::string bashCompletion(const Command& command) {
    std::string text = "# Completion of rootlayer's commands, options and values for bash.\n\n"
                       "# Sets what a command has: `commands` and `options`.\n"
                       "_rootlayer_command() { # COMMAND\n    case $1 in\n";
    Arms arms;
    for (const auto* each : allCommands(command)) {
        text += commandArm(*each);
        addValues(*each, arms);
    }
    text += "    esac\n}\n\n"
            "# Sets what the value of an option, or an argument of a command, can be.\n"
            "_rootlayer_value() { # COMMAND [OPTION]\n"
            "    takes= values= paths= file_prefixes= tree_prefixes= open_prefixes=\n    case $1 in\n";
    for (const auto& [what, patterns] : arms)
        text +=
            fmt::format("    {})\n        {}\n        ;;\n", fmt::join(patterns, " | \\\n        "), what);
    return text + "    esac\n}\n" + kFunctions;
}

} // namespace rootlayer::manual
