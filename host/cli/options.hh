#pragma once

#include <functional>
#include <string>

#include <rootlayer/settings.hh>

#include "cli/progress.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// How a command says what it does.
struct ProgressOptions {
    std::string progress = "auto";
    bool verbose = false;
    bool quiet = false;

    void addTo(CLI::App& command);
    ProgressStyle progressStyle() const;
    /// Only where a program reads them; people want all that a script says in its order.
    bool tellsStreamsApart() const { return progressStyle() == ProgressStyle::Json; }
    /// Does a command's work. Under --progress json an error becomes the last event, and its
    /// exit status is returned; else it is thrown.
    int run(const std::function<int()>& work) const;
};

/// The same, and a file that keeps what happened.
struct ReportOptions : ProgressOptions {
    std::string metadataFile;

    void addTo(CLI::App& command);
};

/// Where things are: options that every command has.
struct PlaceOptions {
    std::string cacheDirectory;
    std::string connectUri;
    std::string kernel;
    std::string modules;

    void addTo(CLI::App& command);
    /// The environment's settings, with what was given on top.
    Settings settings() const;
};

} // namespace rootlayer::cli
