#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>

#include <rootlayer/guest.hh>

#include "cli/help_footer.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct GuestOptions {
    ProgressOptions progress;
    KernelOptions places;
    bool refresh = false;
    bool tuned = false;
    std::string output;
};

int buildGuest(const GuestOptions& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    GuestInfo info;
    {
        const auto progress = makeProgress(options.progress.progressStyle(), options.progress.verbose);
        auto settings = options.places.settings();
        if (options.tuned) settings.kernel = "tuned";
        info = options.output.empty()
                   ? prepareGuest(settings, options.refresh, *progress, cancel)
                   : writeGuest(settings, options.output, options.refresh, *progress, cancel);
    }
    toStdout(fmt::format("kernel     {} ({})\n           {}\n", info.kernelRelease, info.kernel,
                         info.kernelDigest));
    toStdout(fmt::format("initramfs  {}\n           {}\n", info.initramfs, info.initramfsDigest));
    return 0;
}

} // namespace

void addGuestCommand(CLI::App& app, Action& chosen) {
    auto* guest =
        app.add_subcommand("guest", "manage the guest image: the kernel and initramfs that VMs boot");
    guest->require_subcommand(1);
    auto* build = guest->add_subcommand("build", "build the guest image now instead of on the first run");
    auto options = std::make_shared<GuestOptions>();
    build->add_flag("--refresh", options->refresh, "fetch or build the newest kernel");
    build->add_flag("--tuned", options->tuned,
                    "build a kernel for runs with --kernel tuned from Debian's sources; boots a\n"
                    "second faster without KVM, and takes several minutes to build");
    // Not by addOption(): ROOTLAYER_OUTPUT is for the outputs of runs and builds.
    build
        ->add_option("-o,--output", options->output,
                     "also write it to this directory, for runs of the same version with\n"
                     "ROOTLAYER_GUEST=DIRECTORY, which then download nothing")
        ->type_name("DIRECTORY")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    options->places.addTo(*build);
    options->progress.addTo(*build);
    const char* examples =
        "  rootlayer guest build --refresh\n"
        "  rootlayer guest build --tuned && rootlayer run --kernel tuned --script setup.sh\n"
        "  rootlayer guest build --output /srv/guest\n";
    build->footer(helpFooter(examples));
    guest->footer(helpFooter(examples));
    build->callback([&chosen, options] { chosen = [options] { return buildGuest(*options); }; });
}

} // namespace rootlayer::cli
