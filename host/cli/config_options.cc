#include "cli/config_options.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
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
        // Change the inherited check.
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

/// The seconds that a zone is ahead of UTC: "Z" or "+02:00", after a fraction of a second (RFC 3339).
std::optional<std::int64_t> zoneOffset(std::string_view text) {
    if (text.starts_with('.')) {
        const auto digits = text.find_first_not_of("0123456789", 1);
        if (digits == 1) return std::nullopt;
        text.remove_prefix(std::min(digits, text.size()));
    }
    if (text == "Z") return 0;
    constexpr std::size_t length = 6;
    if (text.size() != length || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    for (const std::size_t at : {1, 2, 4, 5}) {
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
    }
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    if (two(1) > 23 || two(4) > 59) return std::nullopt;
    const std::int64_t seconds = two(1) * 3600 + two(4) * 60;
    return text[0] == '-' ? -seconds : seconds;
}

} // namespace

std::int64_t momentOption(const std::string& text, std::string_view option) {
    if (text == "epoch") return 0;
    if (text == "now") return std::time(nullptr);
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (const auto offset = end == nullptr ? std::nullopt : zoneOffset(end)) {
        const auto wanted = parts;
        const auto local = ::timegm(&parts); // which makes March 2 of February 30
        const bool exists = parts.tm_mday == wanted.tm_mday && parts.tm_sec == wanted.tm_sec;
        const auto seconds = local - *offset;
        if (exists && seconds >= 0 && seconds <= kLastMoment) return seconds;
    }
    try {
        return parseInteger(text.starts_with('@') ? text.substr(1) : text, option, 0, kLastMoment);
    } catch (const Error&) {
        throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", option, quote(text)),
                    "now, epoch, seconds since 1970, or a time like 1970-01-01T00:00:00Z");
    }
}

void ConfigOptions::addTo(CLI::App& command) {
    beginGroup(command, "Image");
    addText(command, "--entrypoint COMMAND", entrypoint,
            "command a container runs: words quoted as in a shell, or a JSON array\n"
            "[\"prog\",\"arg\"]; drops the base's Cmd");
    addText(command, "--cmd COMMAND", cmd,
            "arguments for the entrypoint, or the command if there is none; same syntax");
    addList(command, "-e,--env KEY[=VALUE]", env,
            "KEY=VALUE to add to the environment of the image and the script; KEY alone\n"
            "copies the value from yours; repeatable");
    addText(command, "-w,--workdir PATH", workdir, "working directory of the container and of the script");
    addText(command, "-u,--user USER[:GROUP]", user,
            "user a container runs as, NAME or UID with an optional :GROUP");
    addList(command, "--label KEY=VALUE", labels, "KEY=VALUE label of the image; repeatable");
    addList(command, "--expose PORT[/udp]", expose,
            "port a container listens on: PORT, PORT/udp or FIRST-LAST; repeatable");
    addList(command, "--volume PATH", volumes, "directory to mount a volume on; repeatable");
    addText(command, "--stop-signal SIGNAL", stopSignal, "signal that stops a container, e.g. SIGTERM or 15");
    addOption(command, "--healthcheck COMMAND|none", healthCheck,
              R"(health check: a shell command line, a JSON array ["prog","arg"], or none)");
    addOption(command, "--healthcheck-interval TIME", healthInterval,
              "time between checks, e.g. 30s; without --healthcheck, this and the next\n"
              "three options change the base's health check");
    addOption(command, "--healthcheck-timeout TIME", healthTimeout, "time limit of a check, e.g. 5s");
    addOption(command, "--healthcheck-start-period TIME", healthStartPeriod,
              "start-up time in which failures do not count, e.g. 1m");
    addOption(command, "--healthcheck-retries N", healthRetries,
              "failures in a row that make a container unhealthy");
    addText(command, "--author TEXT", author, "author of the image");
    addList(command, "--annotation KEY=VALUE", annotations,
            "KEY=VALUE annotation of the manifest; repeatable");
    addOption(command, "--created TIME|epoch|now", created,
              "creation time of the image: epoch, now, seconds since 1970, or\n"
              "2026-01-31T12:00:00Z (default: --source-date-epoch, else epoch)");
    addOption(command, "--history-comment TEXT", comment, "comment on the new layer in the image's history");
    addOption(command, "--config-json FILE", configJson,
              "JSON file of OCI config fields, e.g. {\"Cmd\":[...]}; each replaces the\n"
              "base's before the other options apply");
    beginGroup(command, "Script");
    addOption(command, "--script-user USER[:GROUP]", scriptUser,
              "user to run the script as (default: the base's, else root)");
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
