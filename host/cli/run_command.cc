#include <CLI/CLI.hpp>
#include <memory>

#include <rootlayer/error.hh>

#include "cli/build_run.hh"
#include "cli/commands.hh"
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

int runOnce(const Invocation& invocation) {
    BuildSpec spec;
    spec.run = invocation.run.spec();
    invocation.script.apply(spec.run);
    if (!invocation.run.hasScript()) {
        throw Error(ErrorCode::Usage, "there is no script to run",
                    "--script FILE, --script - for standard input, or -c 'COMMANDS'");
    }
    spec.run.mergeOutput = !invocation.report.tellsStreamsApart();
    setOutputs(spec, invocation.outputs);
    spec.tlsVerify = invocation.tlsVerify;
    if (invocation.outputs.empty()) spec.run.output = "layer.tar";
    return buildAndReport(spec, invocation.report, invocation.places,
                          [](const BuildResult& result) { return result.run.diffId; });
}

} // namespace

void addRunCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments) {
    auto* command =
        app.add_subcommand("run", "run a script as root on a base; what it changed becomes one layer");
    auto invocation = std::make_shared<Invocation>();
    addOption(*command, "-o,--output", invocation->outputs,
              "where the layer goes (default: layer.tar); - is standard output; docker-archive:FILE,\n"
              "oci:DIR[:TAG], oci-archive:FILE and docker://NAME take the whole image; may be repeated")
        ->allow_extra_args(false);
    invocation->run.addTo(*command);
    invocation->script.addTo(*command);
    addTlsVerify(*command, invocation->tlsVerify);
    invocation->report.addTo(*command);
    invocation->places.addTo(*command);
    command->footer(
        "\nPrints the layer's diff_id. Every option is also ROOTLAYER_OPTION in the environment.\n");
    command->callback([&chosen, &scriptArguments, invocation] {
        invocation->run.lastArgs = scriptArguments;
        chosen = [invocation] { return invocation->report.run([&] { return runOnce(*invocation); }); };
    });
}

} // namespace rootlayer::cli
