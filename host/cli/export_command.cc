#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <unistd.h>

#include <rootlayer/error.hh>
#include <rootlayer/export.hh>

#include "base/units.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/option.hh"
#include "cli/options.hh"
#include "cli/progress.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct Options {
    ImageOptions image;
    std::string output;
    std::string diskSize;
    ProgressOptions progress;
    KernelOptions places;
};

ExportSpec specOf(const Options& options) {
    ExportSpec spec{
        options.image.reference, options.image.platform, options.image.tlsVerify, {}, -1, {}, {}, 0, {}};
    constexpr std::string_view directory = "dir:";
    constexpr std::string_view disk = "disk:";
    if (options.output.starts_with(disk)) {
        spec.outputDisk = options.output.substr(disk.size());
        if (!options.diskSize.empty()) spec.diskSize = parseSize(options.diskSize, "--disk-size");
        return spec;
    }
    if (!options.diskSize.empty())
        throw Error(ErrorCode::Usage, "--disk-size is given, but no disk is written", "--output disk:FILE");
    if (options.output.starts_with(directory)) {
        spec.outputDirectory = options.output.substr(directory.size());
        return spec;
    }
    if (options.output != "-") {
        spec.output = options.output;
        return spec;
    }
    if (::isatty(STDOUT_FILENO) == 1)
        throw Error(ErrorCode::Usage, "refusing to write a tar to a terminal",
                    "--output rootfs.tar, or pipe into tar tv");
    spec.outputFd = STDOUT_FILENO;
    return spec;
}

int exportAndPrint(const Options& options) {
    requireStdout();
    auto spec = specOf(options);
    if (spec.outputFd < 0) {
        spec.beforePublishing = [](const ExportResult& result) {
            toStdout(result.digest + "\n");
            flushStdout();
        };
    }
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const auto progress = makeProgress(options.progress.progressStyle(), options.progress.verbose);
    exportImage(spec, options.places.settings(), *progress, cancel);
    return 0;
}

} // namespace

void addExportCommand(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("export", "write the file tree of an image as a tar, a directory or a VM disk");
    auto options = std::make_shared<Options>();
    options->image.addTo(*command);
    beginGroup(*command, "Output");
    command
        ->add_option("-o,--output", options->output,
                     "output: a path for the tar, - for standard output, dir:DIRECTORY to\n"
                     "unpack into a new directory (needs root), or disk:FILE for an ext4 VM\n"
                     "disk, qcow2 if FILE ends in .qcow2, else raw (needs libguestfs)")
        ->type_name("TREE")
        ->required();
    command
        ->add_option("--disk-size", options->diskSize,
                     "size of disk:FILE, e.g. 4G (default: what the tree needs plus some room)")
        ->type_name("SIZE");
    options->progress.addTo(*command);
    options->places.addTo(*command);
    command->footer(
        "Prints the tar's digest, unless the tar goes to standard output. The same image gives the same\n"
        "tar, which is also a layer on scratch. Starts no VM, except for disk:.\n\n" +
        helpFooter("  rootlayer export oci:layout:latest -o rootfs.tar\n"
                   "  rootlayer export docker://debian:12 -o - | tar tv\n"
                   "  rootlayer export docker-archive:app.tar -o disk:app.qcow2 --disk-size 4G\n"));
    command->callback([&chosen, options] { chosen = [options] { return exportAndPrint(*options); }; });
}

} // namespace rootlayer::cli
