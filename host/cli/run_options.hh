#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>
#include <rootlayer/run_spec.hh>

#include "cli/network_options.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// Options that `run` and `build` have in common, as text; spec() checks the values.
struct RunOptions {
    std::string from = "scratch";
    std::string script;
    std::optional<std::string> commands; ///< the text of the script
    std::string before;
    std::string after;
    std::vector<std::string> args;
    std::vector<std::string> lastArgs; ///< those after "--"
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
    std::string deadline = "0";
    std::string maxLayerSize; ///< empty: the default
    std::string maxEntries;
    std::string maxOutput;
    bool trace = false;
    std::string accel = "auto";
    std::string minIsolation = "tcg";
    std::string consoleLog;
    bool useTemplate = true;
    NetworkFlags network;

    /// Adds the options to a command, with help and ROOTLAYER_* variables.
    void addTo(CLI::App& command);
    bool hasScript() const { return !script.empty() || commands || !before.empty() || !after.empty(); }
    /// The scripts' files, each once, with the options that name them.
    std::vector<NamedFile> scripts() const;
    /// The run they describe; reads the script. Throws Error{Usage} or Error{Input} naming the option.
    RunSpec spec() const;

  private:
    void addBase(CLI::App& command);
    void addScript(CLI::App& command);
    void addLayer(CLI::App& command);
    void addMachine(CLI::App& command);
};

/// Options of `run` for how the script is started; those of `build` apply to the image too.
struct ScriptOptions {
    std::vector<std::string> env;
    std::string workdir;
    std::string user;

    void addTo(CLI::App& command);
    void apply(RunSpec& spec) const;
};

/// Keeps "K=V", and adds this process's value to "K" as `docker run -e` does; a "K" that is not set is left
/// out. Throws Error{Usage}.
std::vector<std::string> resolveEnvironment(const std::vector<std::string>& given);

} // namespace rootlayer::cli
