#include "cli/network_options.hh"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/units.hh"
#include "cli/choice.hh"
#include "cli/option.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kMaxFile = std::uint64_t{1} << 20;
constexpr std::int64_t kMaxConnections = 1'000'000'000;

constexpr std::array<Choice<NetworkMode>, 4> kModes{{{"none", NetworkMode::None},
                                                     {"allow", NetworkMode::Allow},
                                                     {"public", NetworkMode::Public},
                                                     {"audit", NetworkMode::Audit}}};

/// The lines of a file, without comments and blank lines.
void addLines(const std::string& path, std::vector<std::string>& to) {
    const auto text = readFile(path, "file of --allow", kMaxFile);
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = text.substr(at, end - at);
        line.erase(std::min(line.find('#'), line.size()));
        const auto last = line.find_last_not_of(" \t\r");
        line.erase(last == std::string::npos ? 0 : last + 1);
        line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
        if (!line.empty()) to.push_back(line);
        at = end + 1;
    }
}

std::vector<std::string> withFiles(const std::vector<std::string>& given) {
    std::vector<std::string> values;
    for (const auto& value : given) {
        if (value.starts_with('@')) {
            addLines(value.substr(1), values);
        } else {
            values.push_back(value);
        }
    }
    return values;
}

/// Every user of the host can read a command line.
void checkProxy(const std::string& proxy) {
    const char* variable = std::getenv("ROOTLAYER_UPSTREAM_PROXY");
    if (proxy.find('@') == std::string::npos || (variable != nullptr && proxy == variable)) return;
    throw Error(ErrorCode::Usage, "--upstream-proxy does not take credentials",
                "set ROOTLAYER_UPSTREAM_PROXY=http://USER:PASSWORD@HOST:PORT");
}

} // namespace

void NetworkFlags::addTo(CLI::App& command) {
    beginGroup(command, "Network");
    addOption(command, "--network " + placeholderOf(kModes), mode,
              "what the script may connect to: none; allow, what --allow and --permit\n"
              "name; public, every public address; or audit, as public, and print the\n"
              "--allow options that the script needed (default: none)");
    addOption(command, "--allow HOST[:PORT]|@FILE", allow,
              "HOST[:PORT[,PORT]] that the script may connect to; HOST is a name,\n"
              "*.NAME or an address; @FILE reads them from a file, one a line;\n"
              "repeatable, implies --network allow")
        ->allow_extra_args(false);
    addOption(command, "--permit CIDR[:PORT]", permit,
              "CIDR[:PORT[,PORT]] of addresses that the script may connect to although\n"
              "they are not public, e.g. 10.0.0.0/8; repeatable")
        ->allow_extra_args(false);
    addOption(command, "--add-host NAME:ADDRESS", addHosts,
              "NAME:ADDRESS that the script gets for a name; repeatable")
        ->allow_extra_args(false);
    addOption(command, "--dns ADDRESS[:PORT]", dnsServers,
              "ADDRESS[:PORT] of a DNS server to ask (default: the host's); repeatable")
        ->allow_extra_args(false);
    addOption(command, "--upstream-proxy URL", proxy,
              "http://HOST:PORT of an HTTP proxy that connections go through; with\n"
              "credentials, set ROOTLAYER_UPSTREAM_PROXY=http://USER:PASSWORD@HOST:PORT");
    addOption(command, "--max-connections N", maxConnections,
              "number of connections that the script may make (default: 10000; 0: no\n"
              "limit)");
    addOption(command, "--max-network-bytes SIZE", maxBytes,
              "bytes that the script may send and receive, e.g. 2G (default: no limit)");
    addOption(command, "--network-log FILE", log,
              "write each connection, and what was refused, to this file as JSON lines");
    addOption(command, "--network-allow-file FILE", allowFile,
              "with --network audit: write the values of --allow that the script needed\n"
              "to this file, for --allow @FILE");
}

NetworkOptions NetworkFlags::options() const {
    NetworkOptions options;
    if (!mode.empty()) options.mode = chosenFrom(kModes, mode, "--network");
    if (mode == "none" && (!allow.empty() || !permit.empty()))
        throw Error(ErrorCode::Usage, "--network none and --allow or --permit exclude each other",
                    "--network allow, or leave one of them out");
    checkProxy(proxy);
    options.allow = withFiles(allow);
    options.permit = permit;
    options.addHosts = addHosts;
    options.dnsServers = dnsServers;
    options.upstreamProxy = proxy;
    if (!maxConnections.empty())
        options.maxConnections =
            static_cast<std::uint64_t>(parseInteger(maxConnections, "--max-connections", 0, kMaxConnections));
    if (!maxBytes.empty()) options.maxBytes = parseSize(maxBytes, "--max-network-bytes");
    options.log = log;
    options.allowFile = allowFile;
    return options;
}

} // namespace rootlayer::cli
