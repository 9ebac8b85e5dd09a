#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>
#include <rootlayer/settings.hh>

#include "cli/progress.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// What `rootlayer run` was told, as text; values are checked by spec() and settings().
struct RunOptions {
    std::string from = "scratch";
    std::string script;
    std::string output = "layer.tar";
    std::vector<std::string> args;
    std::vector<std::string> env;
    std::string workdir;
    std::string user;
    std::string shell;
    std::string memory = "1G";
    std::string cpus = "1";
    std::string diskSize = "16G";
    std::string timeout = "0";
    std::string platform = "linux/amd64";
    std::string accel = "auto";
    std::string epoch;
    std::string consoleLog;
    std::string progress = "auto";
    std::string metadataFile;
    std::string scrub;
    bool keepTimes = false;
    bool useTemplate = false;
    bool verbose = false;
    bool quiet = false;

    /// Adds all of them to the command, with their help, and ROOTLAYER_* for each.
    void addTo(CLI::App& command);
    /// Reads the script too. Throws Error{Usage} or Error{Input} naming the option.
    RunSpec spec() const;
    ProgressStyle progressStyle() const;
};

/// Where things are: options that every command has.
struct PlaceOptions {
    std::string cacheFolder;
    std::string connectUri;
    std::string kernel;
    std::string modules;

    void addTo(CLI::App& command);
    /// The environment's settings, with what was given on top.
    Settings settings() const;
};

} // namespace rootlayer::cli
