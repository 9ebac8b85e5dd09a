#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>

#include <rootlayer/guest.hh>

#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct GuestOptions {
    ProgressOptions progress;
    PlaceOptions places;
    bool refresh = false;
    bool tuned = false;
};

int buildGuest(const GuestOptions& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    GuestInfo info;
    {
        const auto progress = makeProgress(options.progress.progressStyle(), options.progress.verbose);
        auto settings = options.places.settings();
        if (options.tuned) settings.kernel = "tuned";
        info = prepareGuest(settings, options.refresh, *progress, cancel);
    }
    toStdout(fmt::format("kernel     {} ({})\n           {}\n", info.kernelRelease, info.kernel,
                         info.kernelDigest));
    toStdout(fmt::format("initramfs  {}\n           {}\n", info.initramfs, info.initramfsDigest));
    return 0;
}

} // namespace

void addGuestCommand(CLI::App& app, Action& chosen) {
    auto* guest = app.add_subcommand("guest", "the kernel and initramfs that machines boot");
    guest->require_subcommand(1);
    auto* build = guest->add_subcommand("build", "make it now; the first run does so by itself");
    auto options = std::make_shared<GuestOptions>();
    options->progress.addTo(*build);
    options->places.addTo(*build);
    build->add_flag("--refresh", options->refresh, "fetch, or build, the newest kernel");
    build->add_flag(
        "--tuned", options->tuned,
        "build the guest's own kernel from Debian's sources, for runs with --kernel tuned: it boots a "
        "second faster without KVM; takes some minutes, once");
    build->callback([&chosen, options] {
        chosen = [options] { return options->progress.run([&] { return buildGuest(*options); }); };
    });
}

} // namespace rootlayer::cli
