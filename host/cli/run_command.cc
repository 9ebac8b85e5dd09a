#include <CLI/CLI.hpp>
#include <memory>

#include <rootlayer/error.hh>

#include "cli/build_run.hh"
#include "cli/commands.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/option.hh"
#include "cli/run_options.hh"

namespace rootlayer::cli {

namespace {

struct Invocation {
    RunOptions run;
    ScriptOptions script;
    ReportOptions report;
    PlaceOptions places;
    std::vector<std::string> outputs;
    bool tlsVerify = true;
};

/// A layer in place of its base would be lost work; an image of `build` may replace its base.
std::vector<NamedFile> inputsOf(const RunOptions& options) {
    auto inputs = options.scripts();
    for (const std::string_view kind : {"tar:", "docker-archive:", "oci-archive:"}) {
        if (!options.from.starts_with(kind)) continue;
        const auto rest = options.from.substr(kind.size());
        inputs.push_back({"--from", rest.substr(0, rest.find(':'))});
    }
    return inputs;
}

int runOnce(const Invocation& invocation) {
    BuildSpec spec;
    spec.run = invocation.run.spec();
    invocation.script.apply(spec.run);
    if (!invocation.run.hasScript()) {
        throw Error(ErrorCode::Usage, "no script is given",
                    "--script FILE, --script - for standard input, or -c 'COMMANDS'");
    }
    spec.run.mergeOutput = !invocation.report.tellsStreamsApart();
    setOutputs(spec, invocation.outputs);
    spec.tlsVerify = invocation.tlsVerify;
    if (invocation.outputs.empty()) spec.run.output = "layer.tar";
    return buildAndReport(
        spec, invocation.report, invocation.places,
        [](const BuildResult& result) { return result.run.diffId; }, inputsOf(invocation.run));
}

} // namespace

void addRunCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments) {
    auto* command =
        app.add_subcommand("run", "run a script as root on a base and save its changes as one layer");
    auto invocation = std::make_shared<Invocation>();
    addLayerOutputs(*command, invocation->outputs);
    invocation->run.addTo(*command);
    invocation->script.addTo(*command);
    addTlsVerify(*command, invocation->tlsVerify);
    invocation->report.addTo(*command);
    invocation->places.addTo(*command);
    command->footer(
        "Prints the layer's diff_id, unless an output goes to standard output. The environment variable\n"
        "ROOTLAYER_NAME sets the option --name, such as ROOTLAYER_MEMORY for --memory.\n\n" +
        helpFooter("  rootlayer run --script setup.sh                      # on an empty base\n"
                   "  rootlayer run --from tar:debian.tar --script setup.sh -o layer.tar\n"
                   "  rootlayer run --from docker://alpine:3.20 -c 'echo hello >/greeting'\n"
                   "  rootlayer run --from oci:layout:latest -e KEY=VALUE --script setup.sh -o - | tar tv\n"
                   "  rootlayer run --script - -- first second <setup.sh   # $1 and $2\n",
                   kScriptStatuses));
    command->callback([&chosen, &scriptArguments, invocation] {
        invocation->run.lastArgs = scriptArguments;
        chosen = [invocation] { return runOnce(*invocation); };
    });
}

} // namespace rootlayer::cli
