#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "cli/exit_status.hh"
#include "cli/json_events.hh"
#include "cli/option.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

void ProgressOptions::addTo(CLI::App& command) {
    addOption(command, "--progress", progress,
              "progress style: auto, tty, plain, json or quiet (default: auto)");
    auto* loud = command.add_flag("-v,--verbose", verbose, "show how long each phase took");
    command.add_flag("-q,--quiet", quiet, "same as --progress quiet")->excludes(loud);
}

ProgressStyle ProgressOptions::progressStyle() const {
    const auto style = progressStyleFromName(progress);
    // Events that a program waits for must not be dropped without a word.
    if (quiet && style == ProgressStyle::Json)
        throw Error(ErrorCode::Usage, "-q and --progress json cannot be combined", "use one of them");
    return quiet ? ProgressStyle::Quiet : style;
}

int ProgressOptions::run(const std::function<int()>& work) const {
    using std::chrono::steady_clock;
    if (progressStyle() != ProgressStyle::Json) return work();
    const auto began = steady_clock::now();
    const auto tell = [&](const Error& error) {
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began);
        const int status = exitStatusOf(error);
        toStderr(jsonLine(error, status, elapsed));
        return status;
    };
    try {
        return work();
    } catch (const Error& error) {
        if (isReaderGone(error)) throw; // nobody's fault
        return tell(error);
    } catch (const std::exception& error) {
        return tell(Error(ErrorCode::Internal, error.what(), "report this as a bug in rootlayer"));
    }
}

void ReportOptions::addTo(CLI::App& command) {
    addOption(command, "--metadata-file", metadataFile,
              "write a JSON report of the command to this file (docs/metadata.md)");
    ProgressOptions::addTo(command);
}

void PlaceOptions::addTo(CLI::App& command) {
    addOption(command, "--cache-dir", cacheDirectory,
              "cache directory (default: ~/.cache/rootlayer, or a private directory in\n"
              "$TMPDIR if there is no writable home directory)");
    addOption(command, "--connect", connectUri,
              "libvirt URI, e.g. qemu:///session\n(default: an embedded driver, without a daemon)");
    addOption(command, "--kernel", kernel,
              "guest kernel: a bzImage with virtio, overlayfs and squashfs, or \"tuned\",\n"
              "which 'rootlayer guest build --tuned' builds\n"
              "(default: Debian's cloud kernel)");
    addOption(command, "--modules", modules,
              "modules directory of --kernel, e.g. /lib/modules/6.1.0-1-amd64");
}

Settings PlaceOptions::settings() const {
    const auto chosen = cacheDirectory.empty() ? "" : std::filesystem::absolute(cacheDirectory).string();
    Settings settings = Settings::fromEnvironment(chosen);
    if (!connectUri.empty()) settings.connectUri = connectUri;
    if (!kernel.empty()) settings.kernel = kernel;
    if (!modules.empty()) settings.modules = modules;
    if (settings.kernel.empty() && !settings.modules.empty()) {
        throw Error(ErrorCode::Usage, "--modules is given without --kernel", "give both, or neither");
    }
    if (settings.kernel == "tuned" && !settings.modules.empty()) {
        throw Error(ErrorCode::Usage, "--modules is given with --kernel tuned, which has its own modules",
                    "omit --modules");
    }
    return settings;
}

} // namespace rootlayer::cli
