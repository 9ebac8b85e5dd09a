#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <string>

#include <rootlayer/inspect.hh>

#include "cli/format_option.hh"
#include "cli/help_footer.hh"
#include "cli/image_description.hh"
#include "cli/image_options.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct Options {
    ImageOptions image;
    std::string format = "text";
    bool layers = false;
    bool verbose = false;
    KernelOptions places;
};

int inspectAndPrint(const Options& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    InspectOptions wanted;
    wanted.platform = options.image.platform;
    wanted.tlsVerify = options.image.tlsVerify;
    wanted.readLayers = options.layers || options.verbose;
    wanted.listChanges = options.verbose;
    const auto info = inspect(options.image.reference, options.places.settings(), wanted, cancel);
    toStdout(options.format == "json" ? jsonOf(info) : textOf(info, options.verbose));
    return 0;
}

} // namespace

void addInspectCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("inspect", "show an image's config, layers and history");
    auto options = std::make_shared<Options>();
    command->add_flag("--layers", options->layers,
                      "also read and check the layers, and show their sizes and what each adds,\n"
                      "changes and removes");
    command->add_flag("-v,--verbose", options->verbose,
                      "like --layers, and list the changed paths; do not shorten long text");
    addFormat(*command, options->format);
    options->image.addTo(*command);
    options->places.addTo(*command);
    command->footer(helpFooter("  rootlayer inspect docker://debian:12\n"
                               "  rootlayer inspect --layers docker-archive:app.tar\n"
                               "  rootlayer inspect --format json oci:layout:app\n"));
    command->callback([&chosen, options] { chosen = [options] { return inspectAndPrint(*options); }; });
}

} // namespace rootlayer::cli
