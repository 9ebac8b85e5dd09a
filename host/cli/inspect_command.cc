#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <string>

#include <rootlayer/inspect.hh>

#include "cli/format_option.hh"
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
    PlaceOptions places;
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
    auto* command = app.add_subcommand("inspect", "show what an image is made of: config, layers, history");
    auto options = std::make_shared<Options>();
    options->image.addTo(*command);
    addFormat(*command, options->format);
    command->add_flag("--layers", options->layers,
                      "read and check the layers too: their sizes, and what each adds, changes and removes");
    command->add_flag("-v,--verbose", options->verbose, "the same, with the names; and nothing is cut short");
    options->places.addTo(*command);
    command->callback([&chosen, options] { chosen = [options] { return inspectAndPrint(*options); }; });
}

} // namespace rootlayer::cli
