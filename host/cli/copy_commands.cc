#include <CLI/CLI.hpp>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include <rootlayer/copy.hh>
#include <rootlayer/error.hh>
#include <rootlayer/image_name.hh>
#include <rootlayer/lock_file.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "cli/commands.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/option.hh"
#include "cli/options.hh"
#include "cli/output_options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kMaxLock = std::uint64_t{1} << 20;
constexpr std::string_view kRegistry = "docker://";

struct Options {
    CopySpec spec;
    std::string image;
    std::string os = "linux";
    std::string architecture = "amd64";
    std::string lock;
    std::string compression = "none";
    ProgressOptions progress;

    void addOutput(CLI::App& command) {
        beginGroup(command, "Output");
        addOption(command, "-o,--output ARCHIVE", spec.output,
                  "docker-archive:FILE[:NAME:TAG], oci-archive:FILE[:TAG] or oci:DIR[:TAG];\n"
                  "FILE may be - for standard output")
            ->required();
    }
    void addRest(CLI::App& command) {
        beginGroup(command, "Output");
        addOption(command, "--compression " + placeholderOf(kCompressions), compression,
                  "none, gzip or zstd, as in rootlayer build (default: none)");
        addTlsVerify(command, spec.tlsVerify);
        progress.addTo(command);
    }
};

/// Copies, and prints what `say` returns.
int copyAndPrint(Options& options, const std::function<std::string(const CopyResult&)>& say) {
    requireStdout();
    options.spec.compression = compressionFromName(options.compression);
    if (options.spec.output.ends_with(":-") && ::isatty(STDOUT_FILENO) == 1)
        throw Error(ErrorCode::Usage, "refusing to write an image to a terminal",
                    "--output docker-archive:FILE");
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const auto progress = makeProgress(options.progress.progressStyle(), options.progress.verbose);
    if (!options.spec.output.ends_with(":-")) {
        options.spec.beforePublishing = [&](const CopyResult& result) {
            toStdout(say(result));
            flushStdout();
        };
    }
    copyImages(options.spec, Settings::fromEnvironment(), *progress, cancel);
    return 0;
}

std::string bareName(std::string name) {
    return name.starts_with(kRegistry) ? name.substr(kRegistry.size()) : name;
}

/// NAME[:TAG][@DIGEST] without the digest, in its full form.
std::string fullName(const std::string& name) {
    return fullImageName(name.substr(0, name.find('@')));
}

int pull(Options& options) {
    auto name = bareName(options.image);
    LockLine locked;
    if (!options.lock.empty()) {
        const auto lines = parseLock(readFile(options.lock, "lock", kMaxLock), options.lock);
        locked = lockedLine(lines, name.empty() ? "" : fullName(name), options.lock);
        const auto full = locked.name;
        name = full.substr(0, full.rfind(':')) + "@" + locked.digest;
        options.spec.expectedFile = locked.fileDigest;
        if (options.spec.names.empty()) options.spec.names = {full};
    } else if (name.empty()) {
        throw Error(ErrorCode::Usage, "no image to pull is given",
                    "rootlayer pull NAME[:TAG|@DIGEST], or --lock FILE");
    }
    const auto full = locked.name.empty() ? fullName(name) : locked.name;
    if (options.spec.names.empty()) options.spec.names = {full};
    options.spec.images = {std::string(kRegistry) + name};
    options.spec.platform = options.os + "/" + options.architecture;
    return copyAndPrint(options, [&](const CopyResult& result) {
        const auto& digest = result.images.front().sourceDigest;
        return result.fileDigest.empty() ? fmt::format("{} {}\n", full, digest)
                                         : LockLine{full, digest, result.fileDigest}.str() + "\n";
    });
}

void addPull(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("pull", "pull an image from a registry into a file");
    auto options = std::make_shared<Options>();
    command->add_option("NAME", options->image, "image to pull, [docker://]NAME[:TAG|@sha256:...]");
    options->addOutput(*command);
    beginGroup(*command, "Base");
    addOption(*command, "--os OS", options->os, "operating system to choose from an index (default: linux)");
    addOption(*command, "--arch ARCH", options->architecture,
              "architecture to choose from an index (default: amd64)");
    addOption(*command, "--lock FILE", options->lock,
              "pull exactly the image that this lock file has for NAME, and fail if the\n"
              "file that it gives differs");
    beginGroup(*command, "Output");
    addOption(*command, "-n,--name NAME", options->spec.names,
              "name of the image in the file (default: NAME)")
        ->allow_extra_args(false);
    options->addRest(*command);
    command->footer(
        "Prints the image's name and the digest of its manifest; for an archive also the digest of the\n"
        "file, which makes it a line for a lock file.\n\n" +
        helpFooter("  rootlayer pull debian:12 -o docker-archive:debian.tar >images.lock\n"
                   "  rootlayer pull --lock images.lock -o docker-archive:debian.tar\n"));
    command->callback([&chosen, options] { chosen = [options] { return pull(*options); }; });
}

int push(Options& options) {
    if (!options.spec.output.starts_with(kRegistry))
        options.spec.output = std::string(kRegistry) + options.spec.output;
    options.spec.images = {options.image};
    return copyAndPrint(options,
                        [](const CopyResult& result) { return result.images.front().manifestDigest + "\n"; });
}

void addPush(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("push", "push an image to a registry");
    auto options = std::make_shared<Options>();
    command
        ->add_option("IMAGE", options->image,
                     "docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG] or oci-archive:FILE[:TAG]")
        ->type_name("ARCHIVE")
        ->required();
    command->add_option("NAME", options->spec.output, "name to push to, [docker://]HOST/NAME[:TAG]")
        ->required();
    addPlatform(*command, options->spec.platform);
    options->addRest(*command);
    command->footer(
        "Prints the digest of the manifest in the registry. Uncompressed layers are sent as gzip, unless\n"
        "--compression is zstd.\n\n" +
        helpFooter("  rootlayer push docker-archive:app.tar registry.example/app:1.0\n"));
    command->callback([&chosen, options] { chosen = [options] { return push(*options); }; });
}

int merge(Options& options) {
    return copyAndPrint(options, [](const CopyResult& result) {
        std::string lines;
        for (const auto& image : result.images)
            lines += image.manifestDigest + "\n";
        return lines;
    });
}

void addMerge(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("merge", "merge images into one archive, storing shared layers once");
    auto options = std::make_shared<Options>();
    command->add_option("IMAGE", options->spec.images, "images with their names, as in run --from")
        ->type_name("IMAGE")
        ->required();
    options->addOutput(*command);
    addPlatform(*command, options->spec.platform);
    options->addRest(*command);
    command->footer("Prints the digests of the manifests.\n\n" +
                    helpFooter("  rootlayer merge docker-archive:app.tar docker-archive:debian.tar -o "
                               "docker-archive:both.tar\n"));
    command->callback([&chosen, options] { chosen = [options] { return merge(*options); }; });
}

} // namespace

void addCopyCommands(CLI::App& app, Action& chosen) {
    addPull(app, chosen);
    addPush(app, chosen);
    addMerge(app, chosen);
}

} // namespace rootlayer::cli
