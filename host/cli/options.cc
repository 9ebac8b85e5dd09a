#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "cli/option.hh"

namespace rootlayer::cli {

void ReportOptions::addTo(CLI::App& command) {
    addOption(command, "--metadata-file", metadataFile, "write what happened to this file, as JSON");
    addOption(command, "--progress", progress, "auto, tty, plain, json or quiet (default: auto)");
    auto* loud = command.add_flag("-v,--verbose", verbose, "say how long each phase took");
    command.add_flag("-q,--quiet", quiet, "the same as --progress quiet")->excludes(loud);
}

ProgressStyle ReportOptions::progressStyle() const {
    return quiet ? ProgressStyle::Quiet : progressStyleFromName(progress);
}

void PlaceOptions::addTo(CLI::App& command) {
    addOption(command, "--cache-dir", cacheFolder,
              "the cache (default: ~/.cache/rootlayer, or a private directory in TMPDIR "
              "where there is no home)");
    addOption(
        command, "--connect", connectUri,
        "a libvirt URI, such as qemu:///session (default: a driver inside rootlayer, without a daemon)");
    addOption(command, "--kernel", kernel,
              "another guest kernel: a bzImage with virtio, overlay and squashfs; or \"tuned\" (rootlayer "
              "guest build --tuned)");
    addOption(command, "--modules", modules, "its modules: a folder such as /lib/modules/6.1.0-1-amd64");
}

Settings PlaceOptions::settings() const {
    const auto chosen = cacheFolder.empty() ? "" : std::filesystem::absolute(cacheFolder).string();
    Settings settings = Settings::fromEnvironment(chosen);
    if (!connectUri.empty()) settings.connectUri = connectUri;
    if (!kernel.empty()) settings.kernel = kernel;
    if (!modules.empty()) settings.modules = modules;
    if (settings.kernel.empty() && !settings.modules.empty()) {
        throw Error(ErrorCode::Usage, "--modules is given without --kernel", "give both, or neither");
    }
    if (settings.kernel == "tuned" && !settings.modules.empty()) {
        throw Error(ErrorCode::Usage, "--modules is given with --kernel tuned, which has its own",
                    "leave --modules out");
    }
    return settings;
}

} // namespace rootlayer::cli
