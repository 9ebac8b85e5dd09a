#pragma once

#include <string>
#include <string_view>

namespace rootlayer::guest {

/// A message from the script's first process to the agent, through a pipe: one write(2) of fixed size, which
/// is atomic. The script is root and could write to the pipe too, but can only lie about itself.
struct ScriptReport {
    enum class Kind : int {
        Warning,    ///< text
        Broken,     ///< the setup failed: `value` is the ErrorCode, with text and hint
        NotEntered, ///< chdir(2) failed: `value` is errno
        NotStarted, ///< execve(2) failed: `value` is errno
        Watched,    ///< the script is mounted as a WatchedScript
        Ended,      ///< `value` is the status from waitpid(2)
    };

    Kind kind = Kind::Warning;
    int value = 0;
    char text[1500] = {};
    char hint[500] = {};

    static ScriptReport of(Kind kind, int value, std::string_view text = {}, std::string_view hint = {});
    void send(int pipe) const noexcept;
};

} // namespace rootlayer::guest
