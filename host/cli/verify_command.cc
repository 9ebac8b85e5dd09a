#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/verify.hh>

#include "base/escape.hh"
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
    VerifyOptions verify;
    PlaceOptions places;
};

void printText(const Deviation& deviation) {
    if (deviation.layer != 0) toStdout(fmt::format("layer {} ", deviation.layer));
    if (deviation.entry != 0) toStdout(fmt::format("entry {} ", deviation.entry));
    if (!deviation.name.empty()) toStdout(fmt::format("{} ", quote(deviation.name)));
    toStdout(fmt::format("[{}] {}\n", deviation.rule, deviation.message));
}

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

int verifyAndPrint(const Options& options) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    const bool json = options.format == "json";
    auto list = Json::array();
    const auto report = [&](const Deviation& deviation) {
        json ? list.push_back(jsonOf(deviation)) : printText(deviation);
    };
    const auto result = verify(options.what, options.places.settings(), report, options.verify, cancel);
    if (json) {
        toStdout(fmt::format(
            "{}\n", jsonOf(result, std::move(list)).dump(2, ' ', false, Json::error_handler_t::replace)));
    } else {
        toStderr(fmt::format("rootlayer: {} layer{}, {} entries, {} deviation{}\n", result.layers,
                             result.layers == 1 ? "" : "s", result.entries, result.deviations,
                             result.deviations == 1 ? "" : "s"));
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
    command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    command->add_option("--platform", options->verify.platform, "which image, where there are several");
    command->add_flag("--layers", options->verify.layersToo,
                      "hold an image's layers against the rules of layers too, not only their digests");
    addTlsVerify(*command, options->verify.tlsVerify);
    options->places.addTo(*command);
    command->footer("\nPrints a line for each deviation: where, the number of the rule, and what is wrong."
                    "\nExit status: 0 there is none, 1 there are some, 125 it cannot be read.\n");
    command->callback([&chosen, options] { chosen = [options] { return verifyAndPrint(*options); }; });
}

} // namespace rootlayer::cli
