#include "build/run_request.hh"

#include <algorithm>
#include <fmt/format.h>

namespace rootlayer::build {

namespace {

constexpr const char* kPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view nameOf(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

void put(std::vector<std::string>& environment, const std::string& entry) {
    const auto same = std::find_if(environment.begin(), environment.end(),
                                   [&](const std::string& each) { return nameOf(each) == nameOf(entry); });
    if (same == environment.end()) {
        environment.push_back(entry);
    } else {
        *same = entry;
    }
}

const std::string& orElse(const std::string& first, const std::string& second) {
    return first.empty() ? second : first;
}

} // namespace

std::vector<std::string> mergeEnvironment(const std::vector<std::string>& base,
                                          const std::vector<std::string>& child) {
    std::vector<std::string> merged;
    for (const auto& entry : base)
        put(merged, entry);
    for (const auto& entry : child)
        put(merged, entry);
    return merged;
}

protocol::RunRequest makeRunRequest(const RunSpec& spec, const BaseDefaults& base, protocol::Section script) {
    protocol::RunRequest request;
    request.script = script;
    request.args = spec.args;
    std::vector<std::string> defaults{kPath};
    if (spec.sourceDateEpoch) defaults.push_back(fmt::format("SOURCE_DATE_EPOCH={}", *spec.sourceDateEpoch));
    request.env = mergeEnvironment(mergeEnvironment(defaults, base.env), spec.env);
    request.workdir = orElse(orElse(spec.workdir, base.workdir), "/");
    request.user = orElse(spec.user, base.user);
    request.shell = spec.shell;
    request.timeout = static_cast<std::uint64_t>(spec.timeout.count());
    return request;
}

} // namespace rootlayer::build
