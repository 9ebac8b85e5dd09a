#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/build_spec.hh>

namespace CLI {
class App;
}

namespace rootlayer::cli {

/// The options of `build` for the image's config, as text.
struct ConfigOptions {
    std::optional<std::string> entrypoint;
    std::optional<std::string> cmd;
    std::vector<std::string> env;
    std::optional<std::string> workdir;
    std::optional<std::string> user;
    std::string scriptUser;
    std::vector<std::string> labels;
    std::vector<std::string> expose;
    std::vector<std::string> volumes;
    std::optional<std::string> stopSignal;
    std::string healthCheck;
    std::string healthInterval = "0";
    std::string healthTimeout = "0";
    std::string healthStartPeriod = "0";
    std::string healthRetries = "0";
    std::optional<std::string> author;
    std::vector<std::string> annotations;
    std::string created;
    std::string comment;
    std::string configJson;

    void addTo(CLI::App& command);
    /// Reads the file of --config-json. Throws Error{Usage} or Error{Input} naming the option.
    ImageChanges changes() const;
};

/// "now", "epoch", seconds since 1970 (with or without "@"), or RFC 3339 in UTC (1970-01-01T00:00:00Z).
std::int64_t momentOption(const std::string& text, std::string_view option);

} // namespace rootlayer::cli
