#include <CLI/CLI.hpp>
#include <memory>

#include <rootlayer/error.hh>

#include "cli/build_run.hh"
#include "cli/commands.hh"
#include "cli/config_options.hh"
#include "cli/image_options.hh"
#include "cli/option.hh"
#include "cli/output_options.hh"
#include "cli/run_options.hh"

namespace rootlayer::cli {

namespace {

struct Invocation {
    RunOptions run;
    ConfigOptions image;
    ReportOptions report;
    PlaceOptions places;
    std::vector<std::string> outputs;
    std::vector<std::string> names;
    std::vector<std::string> contents;
    std::string compression = "none";
    std::string iidFile;
    std::string provenance;
    std::string specFile; ///< has become options before (option_file.hh)
    bool squash = false;
    bool tlsVerify = true;
};

/// The image's digest where it is written; a bare layer has its diff_id.
std::string digestOf(const BuildResult& result) {
    return result.outputs.empty() ? result.run.diffId : result.outputs.front().manifestDigest;
}

int buildOnce(const Invocation& invocation) {
    if (invocation.outputs.empty()) {
        throw Error(ErrorCode::Usage, "there is no output",
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
    for (const auto& contents : invocation.contents)
        spec.contents.push_back(contentsOption(contents));
    spec.squash = invocation.squash;
    spec.tlsVerify = invocation.tlsVerify;
    spec.iidFile = invocation.iidFile;
    spec.provenanceFile = invocation.provenance;
    return buildAndReport(spec, invocation.report, invocation.places, digestOf);
}

} // namespace

void addBuildCommand(CLI::App& app, Action& chosen, const std::vector<std::string>& scriptArguments) {
    auto* command =
        app.add_subcommand("build", "make an image of a base, what a script changes, and a config");
    auto invocation = std::make_shared<Invocation>();
    addOption(
        *command, "-o,--output", invocation->outputs,
        "docker-archive:FILE, oci:DIR[:TAG], oci-archive:FILE or docker://NAME for the image, a path or -\n"
        "for the bare layer; may be repeated: all appear, or none")
        ->allow_extra_args(false);
    addOption(*command, "-n,--name", invocation->names, "NAME[:TAG]; may be repeated")
        ->allow_extra_args(false);
    addOption(*command, "--contents", invocation->contents,
              "SRC[:DST][,uid=N][,gid=N][,mode=OOO][,unpack=no]: a directory, file or tarball that is put on "
              "the base\n"
              "before the script runs; may be repeated")
        ->allow_extra_args(false);
    command->add_flag("--squash", invocation->squash, "make one layer of all")->envname("ROOTLAYER_SQUASH");
    addOption(*command, "--compression", invocation->compression,
              "none, gzip or zstd: of the layers in oci: and oci-archive:, of the whole docker-archive:\n"
              "(default: none)");
    addOption(*command, "--iidfile", invocation->iidFile,
              "write the image's ID (its config's digest) to a file");
    addOption(*command, "--provenance", invocation->provenance,
              "write what was made of what to this file, as an in-toto statement (SLSA v1)");
    addTlsVerify(*command, invocation->tlsVerify);
    command->add_option(
        "-f,--file", invocation->specFile,
        "a JSON file with any of these options by their long names, such as {\"from\": \"scratch\"};\n"
        "what is given here besides wins (docs/build-file.md)");
    invocation->run.addTo(*command);
    invocation->image.addTo(*command);
    invocation->report.addTo(*command);
    invocation->places.addTo(*command);
    command->footer("\nPrints the digest of the image's manifest. The base's config is kept but for what is "
                    "changed here.\nEvery option is also ROOTLAYER_OPTION in the environment.\n");
    command->callback([&chosen, &scriptArguments, invocation] {
        invocation->run.lastArgs = scriptArguments;
        chosen = [invocation] { return invocation->report.run([&] { return buildOnce(*invocation); }); };
    });
}

} // namespace rootlayer::cli
