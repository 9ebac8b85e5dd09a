#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <unistd.h>

#include <rootlayer/error.hh>
#include <rootlayer/export.hh>

#include "base/units.hh"
#include "cli/image_options.hh"
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
    PlaceOptions places;
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
        throw Error(ErrorCode::Usage, "--disk-size is the size of a disk, and none is made",
                    "--output disk:FILE");
    if (options.output.starts_with(directory)) {
        spec.outputDirectory = options.output.substr(directory.size());
        return spec;
    }
    if (options.output != "-") {
        spec.output = options.output;
        return spec;
    }
    if (::isatty(STDOUT_FILENO) == 1)
        throw Error(ErrorCode::Usage, "a tar is not written to a terminal",
                    "--output rootfs.tar, or | tar tv");
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
        app.add_subcommand("export", "write the whole tree of an image as one tar, without a machine");
    auto options = std::make_shared<Options>();
    options->image.addTo(*command);
    command
        ->add_option("-o,--output", options->output,
                     "where the tar goes; - writes it to standard output;\n"
                     "dir:DIRECTORY unpacks it into a new directory, as root;\n"
                     "disk:FILE makes a VM's disk of it, ext4, qcow2 where\n"
                     "FILE ends in .qcow2, else raw (needs libguestfs)")
        ->required();
    command->add_option("--disk-size", options->diskSize,
                        "of disk:FILE, such as 4G (default: what the tree needs, and some room)");
    options->progress.addTo(*command);
    options->places.addTo(*command);
    command->footer("\nPrints the tar's digest. The same image gives the same bytes; the tar is also a layer "
                    "for scratch.\n");
    command->callback([&chosen, options] {
        chosen = [options] { return options->progress.run([&] { return exportAndPrint(*options); }); };
    });
}

} // namespace rootlayer::cli
