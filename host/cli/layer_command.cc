#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>

#include <rootlayer/error.hh>

#include "cli/build_run.hh"
#include "cli/commands.hh"
#include "cli/contents_options.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/option.hh"
#include "cli/run_options.hh"

namespace rootlayer::cli {

namespace {

struct Invocation {
    RunOptions run; ///< those that mean something without a script
    ContentsOptions contents{.keepDirlinks = false, .unpackAll = true};
    ReportOptions report;
    PlaceOptions places;
    std::vector<std::string> outputs;
    bool tlsVerify = true;
};

void addLayerOptions(CLI::App& command, RunOptions& options) {
    beginGroup(command, "Output");
    addOption(command, "--source-date-epoch SECONDS", options.epoch,
              "mtime of the files, and the latest mtime in an archive; seconds since 1970\n"
              "(default: $SOURCE_DATE_EPOCH, else 1)");
    command.add_flag("--keep-times", options.keepTimes, "keep the mtimes of the files")
        ->envname("ROOTLAYER_KEEP_TIMES");
    addOption(command, "--max-layer-size SIZE", options.maxLayerSize,
              "most bytes of the layer's tar, e.g. 40G (default: no limit)");
    addOption(command, "--max-entries N", options.maxEntries, "most entries of the layer (default: 2000000)");
    beginGroup(command, "Base");
    addOption(command, "--from IMAGE", options.from,
              "base that the layer will lie on, as in run --from: its directories keep\n"
              "their attributes, its links are followed (default: scratch)");
    addOption(command, "--platform OS/ARCH", options.platform,
              "platform of the base image (default: linux/amd64)");
}

int makeLayer(const Invocation& invocation) {
    BuildSpec spec;
    spec.run = invocation.run.spec();
    if (spec.run.maxLayerSize == 0) spec.run.maxLayerSize = INT64_MAX; // no script whose disk would limit it
    invocation.contents.apply(spec);
    if (spec.contents.empty() && spec.presets.empty())
        throw Error(ErrorCode::Usage, "no contents are given", "--contents DIRECTORY, FILE or ARCHIVE");
    setOutputs(spec, invocation.outputs);
    if (invocation.outputs.empty()) spec.run.output = "layer.tar";
    spec.tlsVerify = invocation.tlsVerify;
    return buildAndReport(spec, invocation.report, invocation.places,
                          [](const BuildResult& result) { return result.run.diffId; });
}

} // namespace

void addLayerCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("layer", "make a layer of files, without a script and a VM");
    auto invocation = std::make_shared<Invocation>();
    addLayerOutputs(*command, invocation->outputs);
    addLayerOptions(*command, invocation->run);
    invocation->contents.addTo(*command);
    addTlsVerify(*command, invocation->tlsVerify);
    invocation->report.addTo(*command);
    invocation->places.KernelOptions::addTo(*command); // for a base disk:; no VM is started otherwise
    command->footer(
        "Prints the layer's diff_id, unless an output goes to standard output. The environment variable\n"
        "ROOTLAYER_NAME sets the option --name, such as ROOTLAYER_UID for --uid.\n\n" +
        helpFooter("  rootlayer layer --contents app:/srv/app,uid=1000 -o layer.tar\n"
                   "  rootlayer layer --contents rootfs.tar.gz --contents etc:/etc -o - | tar tv\n"
                   "  rootlayer layer --from oci:layout:latest --contents tool:/bin/ -o layer.tar\n"));
    command->callback([&chosen, invocation] { chosen = [invocation] { return makeLayer(*invocation); }; });
}

} // namespace rootlayer::cli
