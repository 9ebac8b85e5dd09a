// The fuzz target of the command's options. The input is a build file, which begins with "{", or arguments of
// `run`, one a line. They must be refused with an error that fits on a terminal, or mean a run within bounds.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.hh"
#include "cli/arguments.hh"
#include "cli/command_line.hh"
#include "cli/option_file.hh"
#include "cli/run_options.hh"
#include "fuzz.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

// No file is read here.
ScriptSpec ScriptSpec::fromFile(const std::string& path) {
    throw Error(ErrorCode::Input, "cannot open " + quote(path));
}

namespace {

using Words = std::vector<std::string>;

void usage(const std::optional<Error>& error) {
    if (!error) return;
    require(error->code() == ErrorCode::Usage || error->code() == ErrorCode::Input);
    require(fitsTerminal(error->what()));
}

void tryBuildFile(const std::string& json) {
    usage(refusal([&] {
        const auto known = [](const std::string& name) { return name != "unknown"; };
        for (const auto& option : cli::optionsOf(json, "build.json", known))
            require(option.starts_with("--") && !option.starts_with("--unknown"));
    }));
}

void checkSpec(const RunSpec& spec) {
    constexpr std::uint64_t most = 9'000'000'000'000'000'000;
    require(spec.machine.memory <= most && spec.machine.diskSize <= most && spec.timeout.count() >= 0);
    require(!spec.sourceDateEpoch ||
            (*spec.sourceDateEpoch >= 0 && *spec.sourceDateEpoch < std::int64_t{1} << 33));
    for (const auto& variable : spec.env)
        require(variable.find('=') != std::string::npos && variable[0] != '=');
}

bool readsFiles(const cli::RunOptions& options) {
    const auto& network = options.network;
    return options.script == "-" || !network.allowFile.empty() ||
           std::any_of(network.allow.begin(), network.allow.end(),
                       [](const std::string& name) { return name.starts_with("@"); });
}

void tryArguments(std::string_view lines) {
    Words arguments{"run"};
    for (Input input(lines); !input.empty();)
        arguments.emplace_back(input.upTo("\n"));
    auto before = arguments;
    auto rest = cli::takeScriptArguments(arguments);
    require(arguments.size() + rest.size() + (arguments.size() < before.size() ? 1 : 0) == before.size());
    const auto words = cli::withEmptyValues(arguments);
    require(cli::withEmptyValues(words) == words);
    usage(refusal([&] {
        CLI::App app("", "rootlayer");
        app.set_help_flag("");
        auto* run = app.add_subcommand("run", "");
        run->set_help_flag("");
        cli::RunOptions options;
        cli::ScriptOptions script;
        options.addTo(*run);
        script.addTo(*run);
        options.lastArgs = rest;
        require(cli::parseCommandLine(app, words));
        if (readsFiles(options)) return;
        auto spec = options.spec();
        script.apply(spec);
        checkSpec(spec);
    }));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string bytes(text(data, size));
    if (bytes.starts_with("{"))
        tryBuildFile(bytes);
    else
        tryArguments(bytes);
    return 0;
}
