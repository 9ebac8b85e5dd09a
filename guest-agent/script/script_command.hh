#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::guest {

/// What `#!` says: the interpreter, and what stands behind it as one argument (execve(2)).
struct Shebang {
    std::string interpreter;
    std::string argument;
    friend bool operator==(const Shebang&, const Shebang&) = default;
};

/// nullopt for a script that does not begin with `#!`, or names nothing after it.
std::optional<Shebang> findShebang(std::string_view script);

/// A program and its arguments, argv[0] included.
struct ScriptCommand {
    std::string program;
    std::vector<std::string> argv;
    /// Who is to blame when the program is not found: the interpreter.
    std::string interpreter;
    bool shell = false; ///< it is a shell's script
    friend bool operator==(const ScriptCommand&, const ScriptCommand&) = default;
};

/// How a script is started.
struct ScriptStart {
    std::vector<std::string> args;
    std::string shell;         ///< a program and its arguments, for scripts without a shebang; empty: /bin/sh
    std::string fallbackShell; ///< taken where /bin/sh is meant; empty: the base has that
    bool trace = false;        ///< a shell gets -x
};

/// How to start the script that lies at `path`: by itself when it has a shebang or is an ELF program, else as
/// `shell -e path`. Throws Error{Input} when what is no shell's script is to be traced.
ScriptCommand commandFor(std::string_view script, const std::string& path, const ScriptStart& start);

} // namespace rootlayer::guest
