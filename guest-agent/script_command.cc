#include "guest-agent/script_command.hh"

namespace rootlayer::guest {

namespace {

constexpr std::string_view kShell = "/bin/sh";
constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

} // namespace

std::optional<Shebang> findShebang(std::string_view script) {
    if (!script.starts_with("#!")) return std::nullopt;
    auto line =
        script.substr(2, script.find('\n') == std::string_view::npos ? script.npos : script.find('\n') - 2);
    // The kernel keeps a CR as part of the name; a script from elsewhere is better served by an error that
    // shows it.
    const auto from = line.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return std::nullopt;
    line.remove_prefix(from);
    const auto end = line.find_first_of(kBlank);
    Shebang shebang{std::string(line.substr(0, end)), {}};
    if (end != std::string_view::npos) shebang.argument = trimmed(line.substr(end));
    return shebang;
}

ScriptCommand commandFor(std::string_view script, const std::string& path,
                         const std::vector<std::string>& args, const std::string& shell,
                         const std::string& fallbackShell) {
    ScriptCommand command;
    const auto shebang = findShebang(script);
    if (shebang && (fallbackShell.empty() || shebang->interpreter != kShell)) {
        command = {path, {path}, shebang->interpreter};
    } else if (shebang) {
        command = {fallbackShell, {"sh"}, fallbackShell};
        if (!shebang->argument.empty()) command.argv.push_back(shebang->argument);
        command.argv.push_back(path);
    } else if (script.starts_with("\x7f"
                                  "ELF")) {
        command = {path, {path}, path};
    } else {
        const std::string wanted = shell.empty() ? std::string(kShell) : shell;
        const std::string& program = wanted == kShell && !fallbackShell.empty() ? fallbackShell : wanted;
        command = {program, {wanted, "-e", path}, program};
    }
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    return command;
}

} // namespace rootlayer::guest
