#pragma once

#include <string>
#include <string_view>

namespace rootlayer::guest {

/// What the script's first process tells the agent, through a pipe: one write(2) of fixed size each, which a
/// pipe keeps whole. The script is root and could write there too; it can only lie about itself.
struct ScriptReport {
    enum class Kind : int {
        Warning,    ///< text
        Broken,     ///< the script's world could not be made: `value` is the ErrorCode, text, hint
        NotEntered, ///< the working directory: `value` is errno
        NotStarted, ///< execve: `value` is errno
        Watched,    ///< the script is mounted as a WatchedScript
        Ended,      ///< `value` is waitpid's status
    };

    Kind kind = Kind::Warning;
    int value = 0;
    char text[1500] = {};
    char hint[500] = {};

    static ScriptReport of(Kind kind, int value, std::string_view text = {}, std::string_view hint = {});
    void send(int pipe) const noexcept;
};

} // namespace rootlayer::guest
