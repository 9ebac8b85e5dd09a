#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/verify.hh>

#include "base/escape.hh"
#include "cli/deviation_summary.hh"
#include "cli/format_option.hh"
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
    PlaceOptions places;
};

Json jsonOf(const Deviation& deviation) {
    // JSON has no bytes: what is not UTF-8 is escaped as it is for people.
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

void sayTotal(const Verification& result, const DeviationSummary& summary) {
    std::string text = fmt::format("{}, {} entries, {}", counted(result.layers, "layer"), result.entries,
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
        sayTotal(result, summary);
    }
    return result.deviations == 0 ? 0 : 1;
}

} // namespace

void addVerifyCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("verify", "hold a layer or an image against the rules");
    auto options = std::make_shared<Options>();
    command
        ->add_option("LAYER|IMAGE", options->what,
                     "a layer tar, plain or compressed, or a base as --from takes it")
        ->required();
    addFormat(*command, options->format);
    command->add_option("--platform", options->verify.platform, "which image, where there are several");
    command->add_flag("--layers", options->verify.layersToo,
                      "hold an image's layers against the rules of layers too, not only their digests");
    addTlsVerify(*command, options->verify.tlsVerify);
    command->add_flag("-v,--verbose,--all", options->all,
                      "list every deviation (default: how many there are of each rule, and the first)");
    options->places.addTo(*command);
    command->footer(
        "\nPrints a line for each rule that is broken: where first, its number, what is wrong, and "
        "how often."
        "\nExit status: 0 there is none, 1 there are some, 125 it cannot be read.\n");
    command->callback([&chosen, options] { chosen = [options] { return verifyAndPrint(*options); }; });
}

} // namespace rootlayer::cli
