#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>

#include <rootlayer/builder.hh>

#include "base/output_file.hh"
#include "cli/exit_status.hh"
#include "cli/metadata_file.hh"
#include "cli/options.hh"
#include "cli/signals.hh"

namespace rootlayer::cli {

namespace {

struct Invocation {
    RunOptions run;
    PlaceOptions places;
};

void writeMetadata(OutputFile& file, const std::string& text) {
    file.write(text);
    file.commit();
}

void sayHowItEnded(const RunResult& result) {
    if (result.exitReason.empty()) return;
    fmt::print(stderr, "rootlayer: {}; there is no layer\n", result.exitReason);
    if (!result.exitHint.empty()) fmt::print(stderr, "  try: {}\n", result.exitHint);
}

int runOnce(const Invocation& invocation) {
    const RunSpec spec = invocation.run.spec();
    Builder builder(invocation.places.settings());
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    RunResult result;
    {
        const auto progress = makeProgress(invocation.run.progressStyle(), invocation.run.verbose);
        result = builder.run(spec, *progress, cancel);
    }
    sayHowItEnded(result);
    if (!invocation.run.metadataFile.empty()) {
        OutputFile file(invocation.run.metadataFile);
        writeMetadata(file, metadataOf(spec, result));
    }
    if (spec.outputFd < 0 && !result.diffId.empty()) fmt::print("{}\n", result.diffId);
    return result.exitStatus;
}

/// The metadata file says what went wrong too; a failure to write it must not hide the first one.
int runAndRecord(const Invocation& invocation) {
    const auto& path = invocation.run.metadataFile;
    if (path.empty()) return runOnce(invocation);
    { const OutputFile writable(path); } // refuses a bad place now, not after the run
    try {
        return runOnce(invocation);
    } catch (const Error& error) {
        OutputFile file(path);
        writeMetadata(file, metadataOf(error, exitStatusOf(error)));
        throw;
    }
}

} // namespace

void addRunCommand(CLI::App& app, Action& chosen) {
    auto* command =
        app.add_subcommand("run", "run a script as root on a base; what it changed becomes one layer");
    auto invocation = std::make_shared<Invocation>();
    invocation->run.addTo(*command);
    invocation->places.addTo(*command);
    command->footer(
        "\nPrints the layer's diff_id. Every option is also ROOTLAYER_OPTION in the environment.\n");
    command->callback([&chosen, invocation] { chosen = [invocation] { return runAndRecord(*invocation); }; });
}

} // namespace rootlayer::cli
