#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::guest {

/// A `#!` line: the interpreter, and everything after it as one argument (execve(2)).
struct Shebang {
    std::string interpreter;
    std::string argument;
    friend bool operator==(const Shebang&, const Shebang&) = default;
};

/// nullopt if the script does not begin with `#!`, or names no interpreter.
std::optional<Shebang> findShebang(std::string_view script);

/// A program and its arguments, argv[0] included.
struct ScriptCommand {
    std::string program;
    std::vector<std::string> argv;
    /// The program to name in errors: the interpreter.
    std::string interpreter;
    bool shell = false; ///< it is a shell script
    friend bool operator==(const ScriptCommand&, const ScriptCommand&) = default;
};

/// How a script is started.
struct ScriptStart {
    std::vector<std::string> args;
    std::string shell;         ///< program and arguments, for scripts without `#!`; empty: /bin/sh
    std::string fallbackShell; ///< replaces /bin/sh; empty: the base has /bin/sh
    bool trace = false;        ///< run the shell with -x
};

/// The command that starts the script at `path`: the file itself if it has a `#!` line or is an ELF program,
/// else `shell -e path`. Throws Error{Input} if `trace` is set and the script is not a shell script.
ScriptCommand commandFor(std::string_view script, const std::string& path, const ScriptStart& start);

} // namespace rootlayer::guest
