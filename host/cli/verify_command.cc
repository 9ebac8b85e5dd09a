#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/verify.hh>

#include "base/escape.hh"
#include "cli/deviation_summary.hh"
#include "cli/format_option.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string what;
    std::string format = "text";
    bool all = false;
    VerifyOptions verify;
    KernelOptions places;
};

Json jsonOf(const Deviation& deviation) {
    // JSON cannot hold arbitrary bytes: they are escaped as in text.
    return {{"layer", deviation.layer},
            {"entry", deviation.entry},
            {"name", escaped(deviation.name)},
            {"rule", deviation.rule},
            {"message", deviation.message}};
}

Json jsonOf(const Verification& result, Json deviations) {
    return {{"version", 1},
            {"kind", result.image ? "image" : "layer"},
            {"layers", result.layers},
            {"entries", result.entries},
            {"diffIds", result.diffIds},
            {"deviations", std::move(deviations)}};
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string countedEntries(std::uint64_t count) {
    return fmt::format("{} {}", count, count == 1 ? "entry" : "entries");
}

void sayTotal(const Verification& result, const DeviationSummary& summary, bool layersToo) {
    const bool unread = result.entries == 0 && result.layers > 0 && !layersToo;
    const auto entries =
        unread ? "entries not checked (--layers checks them)" : countedEntries(result.entries);
    std::string text = fmt::format("{}, {}, {}", counted(result.layers, "layer"), entries,
                                   counted(result.deviations, "deviation"));
    if (summary.rules() > 0) text += fmt::format(" from {}", counted(summary.rules(), "rule"));
    if (result.deviations > summary.rules() && summary.rules() > 0) text += "; -v lists them all";
    toStderr(fmt::format("rootlayer: {}\n", text));
}

int verifyAndPrint(const Options& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const bool json = options.format == "json";
    auto list = Json::array();
    DeviationSummary summary;
    const auto report = [&](const Deviation& deviation) {
        if (json) {
            list.push_back(jsonOf(deviation));
        } else if (options.all) {
            toStdout(textOf(deviation) + "\n");
        } else {
            summary.add(deviation);
        }
    };
    const auto result = verify(options.what, options.places.settings(), report, options.verify, cancel);
    if (json) {
        toStdout(fmt::format(
            "{}\n", jsonOf(result, std::move(list)).dump(2, ' ', false, Json::error_handler_t::replace)));
    } else {
        toStdout(summary.text());
        sayTotal(result, summary, options.verify.layersToo);
    }
    return result.deviations == 0 ? 0 : 1;
}

} // namespace

void addVerifyCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("verify", "check a layer or an image against the rules");
    auto options = std::make_shared<Options>();
    command
        ->add_option("LAYER|IMAGE", options->what,
                     "layer tar, plain or compressed, or an image as in run --from")
        ->type_name("LAYER|IMAGE")
        ->required();
    addFormat(*command, options->format);
    command->add_flag("--layers", options->verify.layersToo,
                      "check an image's layers against the rules of layers, not only their digests");
    command->add_flag("-v,--verbose,--all", options->all,
                      "list every deviation (default: the first of each rule, and how many)");
    addPlatform(*command, options->verify.platform);
    addTlsVerify(*command, options->verify.tlsVerify);
    options->places.addTo(*command);
    command->footer(
        "Prints a line for each broken rule: the first place, the rule's number (docs/rules.md),\n"
        "what is wrong, and how often.\n\n" +
        helpFooter("  rootlayer verify layer.tar\n"
                   "  rootlayer verify --layers docker-archive:app.tar\n"
                   "  rootlayer verify --format json oci:layout:app\n",
                   "0 no deviation; 1 deviations found"));
    command->callback([&chosen, options] { chosen = [options] { return verifyAndPrint(*options); }; });
}

} // namespace rootlayer::cli
