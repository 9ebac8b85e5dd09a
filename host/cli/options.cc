#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <filesystem>

#include <rootlayer/error.hh>
#include <rootlayer/version.hh>

#include "cli/option.hh"

namespace rootlayer::cli {

void ProgressOptions::addTo(CLI::App& command) {
    beginGroup(command, "Other");
    addOption(command, "--progress " + placeholderOf(kProgressStyles), progress,
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

void ReportOptions::addTo(CLI::App& command) {
    beginGroup(command, "Output");
    addOption(command, "--metadata-file FILE", metadataFile,
              "write a JSON report of the command to this file (docs/metadata.md)");
    ProgressOptions::addTo(command);
}

void CacheOption::addTo(CLI::App& command) {
    beginGroup(command, "Cache");
    addOption(command, "--cache-dir DIRECTORY", cacheDirectory,
              "cache directory (default: ~/.cache/rootlayer, or a private directory in\n"
              "$TMPDIR if there is no writable home directory)");
}

Settings CacheOption::settings() const {
    return Settings::fromEnvironment(
        cacheDirectory.empty() ? "" : std::filesystem::absolute(cacheDirectory).string());
}

void KernelOptions::addTo(CLI::App& command) {
    beginGroup(command, "Machine");
    addOption(command, "--kernel FILE|tuned", kernel,
              "guest kernel: a bzImage with virtio, overlayfs and squashfs, or \"tuned\",\n"
              "which 'rootlayer guest build --tuned' builds\n"
              "(default: the installation's, or Debian's cloud kernel)");
    addOption(command, "--modules DIRECTORY", modules,
              "modules directory of --kernel, e.g. /lib/modules/6.1.0-1-amd64");
    CacheOption::addTo(command);
}

Settings KernelOptions::settings() const {
    Settings settings = CacheOption::settings();
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

void PlaceOptions::addTo(CLI::App& command) {
    beginGroup(command, "Machine");
    auto* connect = addOption(
        command, "--connect URI", connectUri,
        "let libvirt start the guest: a URI, e.g. qemu:///session, or qemu:///embed,\nwhich needs no "
        "daemon (default: QEMU is started directly)");
    if (!hasLibvirt()) connect->group(""); // hidden: it is only refused
    addOption(command, "--qemu FILE", qemu,
              "the QEMU that runs the guest\n(default: the installation's, or the one in PATH)");
    KernelOptions::addTo(command);
}

Settings PlaceOptions::settings() const {
    Settings settings = KernelOptions::settings();
    if (!connectUri.empty()) settings.connectUri = connectUri;
    if (!qemu.empty()) settings.qemu = std::filesystem::absolute(qemu).string();
    return settings;
}

} // namespace rootlayer::cli
