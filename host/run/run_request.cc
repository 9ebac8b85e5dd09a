#include "run/run_request.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::run {

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

// Limits of Linux (execve(2)): one string with its NUL; all strings with their pointers, for a stack of
// 8 MiB; a path.
constexpr std::size_t kMaxString = 131072;
constexpr std::size_t kMaxStrings = std::size_t{2} << 20;
constexpr std::size_t kMaxPath = 4096;
// The next number means "no change" to setresuid(2).
constexpr std::uint64_t kMaxId = 0xFFFFFFFE;

void checkText(const std::string& text, std::string_view what, std::size_t most) {
    const auto name = quote(text.substr(0, std::min<std::size_t>(text.find('='), 60)));
    if (text.find('\0') != std::string::npos)
        throw Error(ErrorCode::Input, fmt::format("the {} {} has a NUL byte", what, name));
    if (text.size() < most) return;
    throw Error(
        ErrorCode::Input,
        fmt::format("the {} {} has {} bytes, but Linux allows at most {}", what, name, text.size(), most - 1),
        "pass it in a file, with --contents or in the script itself");
}

void checkWords(const protocol::RunRequest& request) {
    std::size_t size = 0;
    const auto check = [&](const std::string& text, std::string_view what) {
        checkText(text, what, kMaxString);
        size += text.size() + 1 + sizeof(char*);
    };
    for (const auto& argument : request.args)
        check(argument, "argument");
    for (const auto& variable : request.env)
        check(variable, "variable");
    if (size <= kMaxStrings) return;
    throw Error(
        ErrorCode::Input,
        fmt::format("the script's arguments and environment have {} bytes, but Linux allows at most {}", size,
                    kMaxStrings),
        "pass them in files, with --contents or in the script itself");
}

/// Checks only numbers. Names are looked up in the base by the guest.
void checkId(std::string_view id) {
    if (id.empty() || id.find_first_not_of("0123456789") != std::string_view::npos) return;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error == std::errc() && number <= kMaxId) return;
    throw Error(ErrorCode::Input, fmt::format("the user or group number {} is out of range", quote(id)),
                fmt::format("a number up to {}", kMaxId));
}

void checkUser(const std::string& user) {
    checkText(user, "user", kMaxPath);
    const auto colon = user.find(':');
    checkId(std::string_view(user).substr(0, colon));
    if (colon != std::string::npos) checkId(std::string_view(user).substr(colon + 1));
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
    request.keepTmp = spec.keepTmp;
    request.timeout = static_cast<std::uint64_t>(spec.timeout.count());
    request.merged = spec.mergeOutput;
    request.trace = spec.trace;
    checkWords(request);
    checkText(request.workdir, "working directory", kMaxPath);
    checkText(request.shell, "shell", kMaxPath);
    checkUser(request.user);
    return request;
}

std::string wordsApart(const protocol::RunRequest& request) {
    // The limit of a frame is 1 MiB (docs/protocol.md); fields that are set later are small.
    constexpr std::size_t most = (std::size_t{1} << 20) - 4096;
    if (protocol::encode(protocol::Request(request)).size() <= most) return {};
    return protocol::encode(protocol::RunWords{request.args, request.env});
}

} // namespace rootlayer::run
