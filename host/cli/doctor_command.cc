#include "cli/commands.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <rootlayer/doctor.hh>

#include "cli/format_option.hh"
#include "cli/help_footer.hh"
#include "cli/options.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

using State = Finding::State;

std::string_view word(State state) {
    switch (state) {
    case State::Good:
        return "ok";
    case State::Limited:
        return "limited";
    case State::Bad:
        break;
    }
    return "missing";
}

void printText(const std::vector<Finding>& findings) {
    for (const auto& finding : findings) {
        toStdout(fmt::format("{:<8} {:<13} {}\n", word(finding.state), finding.what, finding.detail));
        if (!finding.hint.empty()) toStdout(fmt::format("{:<22} try: {}\n", "", finding.hint));
    }
}

void printJson(const std::vector<Finding>& findings) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& finding : findings) {
        list.push_back({{"what", finding.what},
                        {"state", word(finding.state)},
                        {"detail", finding.detail},
                        {"hint", finding.hint}});
    }
    toStdout(fmt::format("{}\n", list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
}

} // namespace

void addDoctorCommand(CLI::App& app, Action& chosen) {
    struct Options {
        PlaceOptions places;
        std::string format = "text";
    };
    auto* command = app.add_subcommand("doctor", "check what a run needs on this host and suggest fixes");
    auto options = std::make_shared<Options>();
    options->places.addTo(*command);
    addFormat(*command, options->format);
    command->footer(helpFooter("  rootlayer doctor\n"
                               "  rootlayer doctor --format json\n",
                               "0 runs can succeed; 1 a requirement is missing"));
    command->callback([&chosen, options] {
        chosen = [options] {
            const CancelToken cancel;
            const SignalGuard signals(cancel);
            const auto findings = examine(options->places.settings(), cancel);
            options->format == "json" ? printJson(findings) : printText(findings);
            const bool bad = std::any_of(findings.begin(), findings.end(),
                                         [](const Finding& each) { return each.state == State::Bad; });
            return bad ? 1 : 0;
        };
    });
}

} // namespace rootlayer::cli
