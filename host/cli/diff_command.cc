#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "cli/standard_streams.hh"
#include "image/compression.hh"
#include "layer/diff.hh"

namespace rootlayer::cli {

namespace {

struct DiffOptions {
    std::string first;
    std::string second;
    std::string format = "text";
};

std::unique_ptr<Source> openLayer(const std::string& path) {
    return image::decompress(std::make_unique<FileSource>(path, "layer"), "layer " + quote(path));
}

std::uint64_t compare(const DiffOptions& options,
                      const std::function<void(const layer::Difference&)>& report) {
    const auto first = openLayer(options.first);
    const auto second = openLayer(options.second);
    try {
        return layer::compareLayers(*first, *second, report);
    } catch (Error& error) {
        if (error.code() == ErrorCode::Layer)
            error.addHint("only canonical layers can be compared; rootlayer verify FILE lists what is wrong");
        throw;
    }
}

std::uint64_t printText(const DiffOptions& options) {
    return compare(options, [](const layer::Difference& difference) {
        toStdout(fmt::format("{} {}: {} | {}\n", quote(difference.path), difference.field, difference.a,
                             difference.b));
    });
}

std::uint64_t printJson(const DiffOptions& options) {
    auto list = nlohmann::ordered_json::array();
    const auto count = compare(options, [&](const layer::Difference& difference) {
        // JSON has no bytes: what is not UTF-8 is escaped as it is for people.
        list.push_back({{"path", escaped(difference.path)},
                        {"field", difference.field},
                        {"first", difference.a},
                        {"second", difference.b}});
    });
    const nlohmann::ordered_json object{{"version", 1}, {"equal", count == 0}, {"differences", list}};
    toStdout(
        fmt::format("{}\n", object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
    return count;
}

} // namespace

void addDiffCommand(CLI::App& app, Action& chosen) {
    auto* command = app.add_subcommand("diff", "compare two layers, entry by entry");
    auto options = std::make_shared<DiffOptions>();
    command->add_option("FIRST", options->first, "a layer tar, plain or compressed")->required();
    command->add_option("SECOND", options->second, "another")->required();
    command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    command->footer("\nPrints a line for each difference: the entry, the field, and both values."
                    "\nExit status: 0 the layers are equal, 1 they differ, 125 they cannot be compared.\n");
    command->callback([&chosen, options] {
        chosen = [options] {
            const auto count = options->format == "json" ? printJson(*options) : printText(*options);
            return count == 0 ? 0 : 1;
        };
    });
}

} // namespace rootlayer::cli
