#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/diff.hh>

#include "base/escape.hh"
#include "cli/format_option.hh"
#include "cli/help_footer.hh"
#include "cli/image_options.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

struct Options {
    std::string first;
    std::string second;
    std::string format = "text";
    DiffOptions diff;
    KernelOptions places;
};

using Report = std::function<void(const TreeDifference&)>;

std::uint64_t compare(const Options& options, const Report& report) {
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    return diff(options.first, options.second, options.places.settings(), report, options.diff, cancel);
}

std::uint64_t printText(const Options& options) {
    return compare(options, [](const TreeDifference& difference) {
        toStdout(fmt::format("{} {}: {} | {}\n", quote(difference.path), difference.field, difference.first,
                             difference.second));
    });
}

std::string jsonOf(const TreeDifference& difference) {
    // JSON cannot hold arbitrary bytes: they are escaped as in text.
    const nlohmann::ordered_json object{{"path", escaped(difference.path)},
                                        {"field", difference.field},
                                        {"first", difference.first},
                                        {"second", difference.second}};
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// Written piece by piece: there may be millions of differences.
std::uint64_t printJson(const Options& options) {
    bool first = true;
    const auto begin = [&] { toStdout(first ? "{\n  \"version\": 1,\n  \"differences\": [" : ","); };
    const auto count = compare(options, [&](const TreeDifference& difference) {
        begin();
        toStdout("\n    " + jsonOf(difference));
        first = false;
    });
    if (first) begin();
    toStdout(fmt::format("{}],\n  \"equal\": {}\n}}\n", first ? "" : "\n  ", count == 0));
    return count;
}

} // namespace

void addDiffCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("diff", "compare two layers or images entry by entry");
    auto options = std::make_shared<Options>();
    const char* what = "layer tar, plain or compressed, or an image as in run --from";
    command->add_option("FIRST", options->first, what)->type_name("LAYER|IMAGE")->required();
    command->add_option("SECOND", options->second, what)->type_name("LAYER|IMAGE")->required();
    addFormat(*command, options->format);
    addPlatform(*command, options->diff.platform);
    addTlsVerify(*command, options->diff.tlsVerify);
    options->places.addTo(*command);
    command->footer(
        "Prints a line for each difference: the path, the field and both values. An image is compared\n"
        "as the tree of all its layers; in a layer, whiteouts count as entries.\n\n" +
        helpFooter("  rootlayer diff layer.tar other.tar\n"
                   "  rootlayer diff docker-archive:app.tar docker://registry.example/app:1.0\n",
                   "0 equal; 1 different"));
    command->callback([&chosen, options] {
        chosen = [options] {
            const auto count = options->format == "json" ? printJson(*options) : printText(*options);
            return count == 0 ? 0 : 1;
        };
    });
}

} // namespace rootlayer::cli
