#include "cli/format_option.hh"

#include <CLI/CLI.hpp>

#include <rootlayer/error.hh>

namespace rootlayer::cli {

void addFormat(CLI::App& command, std::string& format) {
    command.add_option("--format", format, "output format: text or json (default: text)")
        ->check(CLI::IsMember({"text", "json"}));
    const auto refuse = [] { throw Error(ErrorCode::Usage, "there is no option --json", "--format json"); };
    command.add_flag_callback("--json", refuse)->group(""); // not in the help
}

} // namespace rootlayer::cli
