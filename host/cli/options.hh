#pragma once

#include <string>

#include <rootlayer/settings.hh>

#include "cli/progress.hh"

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// How a command says what it does.
struct ReportOptions {
    std::string progress = "auto";
    std::string metadataFile;
    bool verbose = false;
    bool quiet = false;

    void addTo(CLI::App& command);
    ProgressStyle progressStyle() const;
    /// Only where a program reads them; people want all that a script says in its order.
    bool tellsStreamsApart() const { return progressStyle() == ProgressStyle::Json; }
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
