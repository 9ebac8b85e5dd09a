#include "guest-agent/script/script_command.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

constexpr std::string_view kShell = "/bin/sh";
constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    for (;;) {
        const auto from = text.find_first_not_of(kBlank);
        if (from == std::string_view::npos) return result;
        const auto end = std::min(text.find_first_of(kBlank, from), text.size());
        result.emplace_back(text.substr(from, end - from));
        text.remove_prefix(end);
    }
}

std::string_view baseName(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool isShell(std::string_view program) {
    static constexpr std::array<std::string_view, 7> kShells{"sh",  "ash",  "dash", "bash",
                                                             "ksh", "mksh", "zsh"};
    return std::find(kShells.begin(), kShells.end(), baseName(program)) != kShells.end();
}

/// Directly, or through env(1) or busybox.
bool meansShell(const Shebang& shebang) {
    if (isShell(shebang.interpreter)) return true;
    const auto name = baseName(shebang.interpreter);
    if (name != "env" && name != "busybox") return false;
    for (const auto& word : words(shebang.argument)) {
        if (!word.starts_with('-') && word.find('=') == std::string::npos) return isShell(word);
    }
    return false;
}

ScriptCommand shebangCommand(const Shebang& shebang, const std::string& path, const ScriptStart& start) {
    const bool shell = meansShell(shebang);
    const bool fallback = !start.fallbackShell.empty() && shebang.interpreter == kShell;
    if (!fallback && !(shell && start.trace)) return {path, {path}, shebang.interpreter, shell};
    // What the kernel would do with the script.
    const auto& program = fallback ? start.fallbackShell : shebang.interpreter;
    ScriptCommand command{program, {fallback ? "sh" : program}, program, shell};
    if (!shebang.argument.empty()) command.argv.push_back(shebang.argument);
    if (start.trace) command.argv.emplace_back("-x");
    command.argv.push_back(path);
    return command;
}

ScriptCommand shellCommand(const std::string& path, const ScriptStart& start) {
    auto argv = words(start.shell);
    if (argv.empty()) argv.emplace_back(kShell);
    const bool fallback = argv[0] == kShell && !start.fallbackShell.empty();
    const auto program = fallback ? start.fallbackShell : argv[0];
    const bool shell = isShell(argv[0]);
    if (start.trace) argv.emplace_back("-x");
    argv.emplace_back("-e");
    argv.push_back(path);
    return {program, std::move(argv), program, shell};
}

ScriptCommand ownCommand(std::string_view script, const std::string& path, const ScriptStart& start) {
    if (const auto shebang = findShebang(script)) return shebangCommand(*shebang, path, start);
    if (script.starts_with("\x7f"
                           "ELF"))
        return {path, {path}, path};
    return shellCommand(path, start);
}

} // namespace

std::optional<Shebang> findShebang(std::string_view script) {
    if (!script.starts_with("#!")) return std::nullopt;
    auto line =
        script.substr(2, script.find('\n') == std::string_view::npos ? script.npos : script.find('\n') - 2);
    // The kernel treats a CR as part of the name. So do we: the error then shows it.
    const auto from = line.find_first_not_of(kBlank);
    if (from == std::string_view::npos) return std::nullopt;
    line.remove_prefix(from);
    const auto end = line.find_first_of(kBlank);
    Shebang shebang{std::string(line.substr(0, end)), {}};
    if (end != std::string_view::npos) shebang.argument = trimmed(line.substr(end));
    return shebang;
}

ScriptCommand commandFor(std::string_view script, const std::string& path, const ScriptStart& start) {
    auto command = ownCommand(script, path, start);
    if (start.trace && !command.shell) {
        throw Error(ErrorCode::Input,
                    fmt::format("only a shell script can be traced, but this one is run by {}",
                                quote(command.interpreter)),
                    protocol::kHintTrace);
    }
    command.argv.insert(command.argv.end(), start.args.begin(), start.args.end());
    return command;
}

} // namespace rootlayer::guest
