#include "cli/format_option.hh"

#include <CLI/CLI.hpp>
#include <array>

#include <rootlayer/error.hh>

#include "cli/choice.hh"
#include "cli/option.hh"

namespace rootlayer::cli {

namespace {

constexpr std::array<Choice<bool>, 2> kFormats{{{"text", false}, {"json", true}}};

} // namespace

void addFormat(CLI::App& command, std::string& format) {
    beginGroup(command, "Output");
    command.add_option("--format", format, "output format: text or json (default: text)")
        ->type_name(placeholderOf(kFormats))
        ->check(CLI::Validator(
            [](std::string& value) {
                chosenFrom(kFormats, value, "--format");
                return std::string();
            },
            ""));
    const auto refuse = [] { throw Error(ErrorCode::Usage, "there is no option --json", "--format json"); };
    command.add_flag_callback("--json", refuse)->group(""); // not in the help
}

} // namespace rootlayer::cli
