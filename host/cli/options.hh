#pragma once

#include <functional>
#include <string>

#include <rootlayer/settings.hh>

#include "cli/progress.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// How a command reports its progress.
struct ProgressOptions {
    std::string progress = "auto";
    bool verbose = false;
    bool quiet = false;

    void addTo(CLI::App& command);
    ProgressStyle progressStyle() const;
    /// Whether stdout and stderr of the script are kept apart, as programs want it; people want their order.
    bool tellsStreamsApart() const { return progressStyle() == ProgressStyle::Json; }
    /// Does a command's work and returns the exit status. With --progress json an error becomes the last
    /// event; otherwise it is thrown.
    int run(const std::function<int()>& work) const;
};

/// The same, and --metadata-file.
struct ReportOptions : ProgressOptions {
    std::string metadataFile;

    void addTo(CLI::App& command);
};

/// Options for places and programs on the host, which most commands have.
struct PlaceOptions {
    std::string cacheDirectory;
    std::string connectUri;
    std::string kernel;
    std::string modules;

    void addTo(CLI::App& command);
    /// The settings of the environment, overridden by these options.
    Settings settings() const;
};

} // namespace rootlayer::cli
