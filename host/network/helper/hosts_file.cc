#include "network/helper/hosts_file.hh"

#include <algorithm>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "network/host_name.hh"

namespace rootlayer::network {

namespace {

constexpr std::uint64_t kMaxFile = std::uint64_t{4} << 20;
constexpr std::string_view kBlanks = " \t\r";

std::string_view takeWord(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    const auto word = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(word.size());
    return word;
}

void readLine(std::string_view line, HostsFile& hosts) {
    line = line.substr(0, line.find('#'));
    const auto address = IpAddress::parse(takeWord(line));
    if (!address) return;
    for (auto word = takeWord(line); !word.empty(); word = takeWord(line)) {
        if (const auto name = canonicalName(word)) hosts[*name].push_back(*address);
    }
}

} // namespace

HostsFile parseHostsFile(std::string_view text) {
    HostsFile hosts;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        readLine(text.substr(0, end), hosts);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return hosts;
}

HostsFile readHostsFile(const std::string& path) {
    try {
        return parseHostsFile(readFile(path, "hosts file", kMaxFile));
    } catch (const Error&) {
        return {};
    }
}

} // namespace rootlayer::network
