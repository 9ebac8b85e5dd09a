#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// What `run` and `build` were both told, as text; values are checked by spec().
struct RunOptions {
    std::string from = "scratch";
    std::string script;
    std::optional<std::string> commands; ///< the script itself
    std::vector<std::string> args;
    std::vector<std::string> lastArgs; ///< what followed "--"
    std::string shell;
    std::string platform = "linux/amd64";
    std::string epoch;
    std::string scrub;
    bool keepTimes = false;
    bool keepTmp = false;

    std::string memory = "1G";
    std::string cpus = "1";
    std::string diskSize = "16G";
    std::string timeout = "0";
    bool trace = false;
    std::string accel = "auto";
    std::string consoleLog;
    bool useTemplate = true;

    /// Adds all of them to the command, with their help, and ROOTLAYER_* for each.
    void addTo(CLI::App& command);
    bool hasScript() const { return !script.empty() || commands; }
    /// Reads the script too, if one is named. Throws Error{Usage} or Error{Input} naming the option.
    RunSpec spec() const;
};

/// How the script is started, where that is not the image's matter too.
struct ScriptOptions {
    std::vector<std::string> env;
    std::string workdir;
    std::string user;

    void addTo(CLI::App& command);
    void apply(RunSpec& spec) const;
};

/// "K=V" as it is; a bare "K" takes the caller's value, as `docker run -e` does, and is left out when there
/// is none. Throws Error{Usage}.
std::vector<std::string> resolveEnvironment(const std::vector<std::string>& given);

} // namespace rootlayer::cli
