#pragma once

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
};

/// The same, and --metadata-file.
struct ReportOptions : ProgressOptions {
    std::string metadataFile;

    void addTo(CLI::App& command);
};

/// The directory of the cache.
struct CacheOption {
    std::string cacheDirectory;

    void addTo(CLI::App& command);
    Settings settings() const;
};

/// The cache, and the kernel of VMs: for commands that can start a VM, if only to read a disk.
struct KernelOptions : CacheOption {
    std::string kernel;
    std::string modules;

    void addTo(CLI::App& command);
    /// The settings of the environment, overridden by these options.
    Settings settings() const;
};

/// The same, and what starts and runs them: libvirt, QEMU.
struct PlaceOptions : KernelOptions {
    std::string connectUri;
    std::string qemu;

    void addTo(CLI::App& command);
    Settings settings() const;
};

} // namespace rootlayer::cli
