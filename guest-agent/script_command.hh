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
    friend bool operator==(const ScriptCommand&, const ScriptCommand&) = default;
};

/// How to start the script that lies at `path`: by itself when it has a shebang or is an ELF program, else as
/// `shell -e path`. Where /bin/sh is meant and `fallbackShell` is not empty (the base has none), that one is
/// taken.
ScriptCommand commandFor(std::string_view script, const std::string& path,
                         const std::vector<std::string>& args, const std::string& shell,
                         const std::string& fallbackShell);

} // namespace rootlayer::guest
