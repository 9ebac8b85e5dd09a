#include "cli/config_options.hh"

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/units.hh"
#include "cli/command_words.hh"
#include "cli/option.hh"
#include "cli/run_options.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kMaxConfig = std::uint64_t{8} << 20;
constexpr std::int64_t kLastMoment = 253402300799; // the end of the year 9999

std::optional<HealthCheck> healthCheckOf(const ConfigOptions& options) {
    HealthCheck check;
    const auto& text = options.healthCheck;
    if (text.empty()) {
        // The inherited one is changed.
    } else if (text == "none" || text == "NONE") {
        check.test = {"NONE"};
    } else if (text.front() == '[') {
        check.test = commandWords(text, "--healthcheck");
        check.test.insert(check.test.begin(), "CMD");
    } else {
        check.test = {"CMD-SHELL", text};
    }
    check.interval = parseDuration(options.healthInterval, "--healthcheck-interval");
    check.timeout = parseDuration(options.healthTimeout, "--healthcheck-timeout");
    check.startPeriod = parseDuration(options.healthStartPeriod, "--healthcheck-start-period");
    check.retries =
        static_cast<unsigned>(parseInteger(options.healthRetries, "--healthcheck-retries", 0, 1'000'000));
    const bool timed = check.interval.count() != 0 || check.timeout.count() != 0 ||
                       check.startPeriod.count() != 0 || check.retries != 0;
    if (text.empty() && !timed) return std::nullopt;
    return check;
}

template <typename Value>
void addList(CLI::App& command, const std::string& flags, Value& value, const std::string& help) {
    addOption(command, flags, value, help)->allow_extra_args(false);
}

void addText(CLI::App& command, const std::string& flags, std::optional<std::string>& value,
             const std::string& help) {
    addOption<std::optional<std::string>>(command, flags, value, help)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

} // namespace

std::int64_t momentOption(const std::string& text, std::string_view option) {
    if (text == "epoch") return 0;
    if (text == "now") return std::time(nullptr);
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end != nullptr && (std::string_view(end) == "Z" || std::string_view(end) == "+00:00")) {
        const auto seconds = ::timegm(&parts);
        if (seconds >= 0 && seconds <= kLastMoment) return seconds;
    }
    try {
        return parseInteger(text.starts_with('@') ? text.substr(1) : text, option, 0, kLastMoment);
    } catch (const Error&) {
        throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", option, quote(text)),
                    "now, epoch, seconds since 1970, or a time such as 1970-01-01T00:00:00Z");
    }
}

void ConfigOptions::addTo(CLI::App& command) {
    addText(
        command, "--entrypoint", entrypoint,
        R"(what a container runs: words as a shell reads them, or JSON ["prog","arg"]; the base's Cmd goes)");
    addText(command, "--cmd", cmd, "its arguments, or what it runs without an entrypoint; the same forms");
    addList(command, "-e,--env", env, "KEY=VALUE, also for the script; a bare KEY takes yours");
    addText(command, "-w,--workdir", workdir, "the directory a container starts in, and the script");
    addText(command, "-u,--user", user, "who a container runs as: NAME or UID, with :GROUP if wanted");
    addOption(command, "--script-user", scriptUser,
              "who the script runs as (default: the base's user, else root)");
    addList(command, "--label", labels, "KEY=VALUE");
    addList(command, "--expose", expose, "PORT, PORT/udp or FIRST-LAST");
    addList(command, "--volume", volumes, "a directory whose content is no part of a container");
    addText(command, "--stop-signal", stopSignal, "what ends a container: SIGTERM, 15");
    addOption(command, "--healthcheck", healthCheck, R"(a line for the shell, JSON ["prog","arg"], or none)");
    addOption(command, "--healthcheck-interval", healthInterval,
              "such as 30s; this and the next three change the base's check where there is no --healthcheck");
    addOption(command, "--healthcheck-timeout", healthTimeout, "such as 5s");
    addOption(command, "--healthcheck-start-period", healthStartPeriod, "such as 1m");
    addOption(command, "--healthcheck-retries", healthRetries, "how many must fail");
    addText(command, "--author", author, "who made the image");
    addList(command, "--annotation", annotations, "KEY=VALUE, of the manifest");
    addOption(command, "--created", created,
              "when it was made: epoch (the default), now, seconds since 1970, 2026-01-31T12:00:00Z");
    addOption(command, "--history-comment", comment, "a remark on the new layer");
    addOption(command, "--config-json", configJson,
              "a file with config fields as OCI has them ({\"Cmd\":[...]}), put in the base's place first");
}

ImageChanges ConfigOptions::changes() const {
    ImageChanges changes;
    if (entrypoint) changes.entrypoint = commandWords(*entrypoint, "--entrypoint");
    if (cmd) changes.cmd = commandWords(*cmd, "--cmd");
    changes.env = resolveEnvironment(env);
    changes.user = user;
    changes.workdir = workdir;
    changes.labels = labels;
    changes.expose = expose;
    changes.volumes = volumes;
    changes.stopSignal = stopSignal;
    changes.healthCheck = healthCheckOf(*this);
    changes.author = author;
    changes.annotations = annotations;
    changes.comment = comment;
    if (!created.empty()) changes.created = momentOption(created, "--created");
    if (!configJson.empty()) changes.configJson = readFile(configJson, "--config-json", kMaxConfig);
    return changes;
}

} // namespace rootlayer::cli
