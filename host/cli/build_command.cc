#include <CLI/CLI.hpp>
#include <memory>

#include <rootlayer/error.hh>

#include "cli/build_run.hh"
#include "cli/commands.hh"
#include "cli/config_options.hh"
#include "cli/contents_options.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/layered_options.hh"
#include "cli/option.hh"
#include "cli/output_options.hh"
#include "cli/run_options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct Invocation {
    RunOptions run;
    ConfigOptions image;
    LayeredOptions layered;
    ReportOptions report;
    PlaceOptions places;
    std::vector<std::string> outputs;
    std::vector<std::string> names;
    ContentsOptions contents;
    std::string compression = "none";
    std::string iidFile;
    std::string provenance;
    std::string specFile; ///< already expanded into options (option_file.hh)
    bool squash = false;
    bool tagByDigest = false;
    bool legacyV1 = false;
    bool tlsVerify = true;
};

/// The digest of the image in its first output; the diff_id if only a layer is written.
std::string digestOf(const BuildResult& result) {
    return result.outputs.empty() ? result.run.diffId : result.outputs.front().manifestDigest;
}

int printPlan(const BuildSpec& spec, const Invocation& invocation) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const auto progress = makeProgress(invocation.report.progressStyle(), invocation.report.verbose);
    const auto plan = planLayers(spec, invocation.places.settings(), *progress, cancel);
    toStdout(invocation.layered.printPlan == "json" ? jsonOf(plan) : textOf(plan));
    return 0;
}

int buildOnce(const Invocation& invocation) {
    const bool plansOnly = !invocation.layered.printPlan.empty();
    if (invocation.outputs.empty() && !plansOnly) {
        throw Error(ErrorCode::Usage, "no output is given",
                    "--output docker-archive:FILE, oci:DIR:TAG, oci-archive:FILE, or docker://NAME");
    }
    BuildSpec spec;
    spec.run = invocation.run.spec();
    spec.run.user = invocation.image.scriptUser;
    spec.changes = invocation.image.changes();
    spec.run.mergeOutput = !invocation.report.tellsStreamsApart();
    setOutputs(spec, invocation.outputs);
    spec.names = invocation.names;
    spec.compression = compressionFromName(invocation.compression);
    invocation.contents.apply(spec);
    invocation.layered.apply(spec);
    spec.squash = invocation.squash;
    spec.tagByDigest = invocation.tagByDigest;
    spec.legacyV1 = invocation.legacyV1;
    spec.tlsVerify = invocation.tlsVerify;
    spec.iidFile = invocation.iidFile;
    spec.provenanceFile = invocation.provenance;
    if (plansOnly) return printPlan(spec, invocation);
    return buildAndReport(spec, invocation.report, invocation.places, digestOf, invocation.run.scripts());
}

} // namespace

void addBuildCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments) {
    auto* command = app.add_subcommand("build", "build an image from a base, files, a script and a config");
    auto invocation = std::make_shared<Invocation>();
    beginGroup(*command, "Output");
    addOption(*command, "-o,--output OUTPUT", invocation->outputs,
              "output: docker-archive:FILE, oci:DIR[:TAG], oci-archive:FILE or\n"
              "docker://NAME for the image; a path, or - for standard output, for the\n"
              "layer alone; repeatable: all outputs appear, or none")
        ->allow_extra_args(false);
    addOption(*command, "-n,--name NAME[:TAG]", invocation->names,
              "name of the image, NAME[:TAG]; repeatable")
        ->allow_extra_args(false);
    command
        ->add_flag("--tag-by-digest", invocation->tagByDigest,
                   "tag the names with the first 32 digits of the config's digest")
        ->envname("ROOTLAYER_TAG_BY_DIGEST");
    command
        ->add_flag("--legacy-v1", invocation->legacyV1,
                   "add the files that Docker before 1.10 reads to a docker-archive:")
        ->envname("ROOTLAYER_LEGACY_V1");
    command->add_flag("--squash", invocation->squash, "squash all layers into one")
        ->envname("ROOTLAYER_SQUASH");
    addOption(*command, "--compression " + placeholderOf(kCompressions), invocation->compression,
              "compress the layers of oci: and oci-archive:, and a docker-archive: as a\n"
              "whole: none, gzip or zstd (default: none)");
    addOption(*command, "--iidfile FILE", invocation->iidFile,
              "write the image ID (the digest of its config) to this file");
    addOption(*command, "--provenance FILE", invocation->provenance,
              "write an in-toto statement of provenance (SLSA v1) to this file");
    beginGroup(*command, "Base");
    command
        ->add_option("-f,--file", invocation->specFile,
                     "JSON file of options by their long names, e.g. {\"from\": \"scratch\"};\n"
                     "the command line takes precedence (rootlayer-build-file(5))")
        ->type_name("FILE");
    invocation->contents.addTo(*command);
    invocation->run.addTo(*command);
    invocation->layered.addTo(*command);
    invocation->image.addTo(*command);
    addTlsVerify(*command, invocation->tlsVerify);
    invocation->report.addTo(*command);
    invocation->places.addTo(*command);
    command->footer(
        "Prints the digest of the image's manifest, unless an output goes to standard output. The\n"
        "base's config stays as it is, except for what these options change. The\n"
        "environment variable ROOTLAYER_NAME sets the option --name, such as ROOTLAYER_MEMORY for\n"
        "--memory.\n\n" +
        helpFooter(
            "  rootlayer build --from docker://debian:12 --script setup.sh --cmd /usr/bin/app \\\n"
            "      --name app:1.0 -o docker-archive:app.tar\n"
            "  rootlayer build --from tar:debian.tar --contents app:/srv/app,uid=1000 -o oci:layout:app\n"
            "  rootlayer build -f image.json\n",
            kScriptStatuses));
    command->callback([&chosen, &scriptArguments, invocation] {
        invocation->run.lastArgs = scriptArguments;
        chosen = [invocation] { return buildOnce(*invocation); };
    });
}

} // namespace rootlayer::cli
