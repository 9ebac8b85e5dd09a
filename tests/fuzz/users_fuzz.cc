// The fuzz target of the user of a script, which a base's passwd and group say. The input is the user, a line
// feed, passwd, a line "--", and group. An identity must be one that the files or the user's own numbers
// give.

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hh"
#include "guest-agent/script/users.hh"

using namespace rootlayer;
using namespace rootlayer::fuzz;

namespace {

/// The fields of a file, by a reader that is slow and plain.
std::vector<std::vector<std::string>> fieldsOf(const std::string& text) {
    std::vector<std::vector<std::string>> lines(1, {""});
    for (const char c : text) {
        if (c == '\n')
            lines.push_back({""});
        else if (c == ':')
            lines.back().emplace_back();
        else
            lines.back().back() += c;
    }
    return lines;
}

bool isNumber(const std::string& text, std::uint64_t number) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    const auto start = std::min(text.find_first_not_of('0'), text.size() - 1);
    return text.substr(start) == std::to_string(number);
}

/// Whether a line of at least `fields` fields has the number in the field at `at`.
bool isListed(const std::string& text, std::size_t fields, std::size_t at, std::uint64_t number) {
    const auto lines = fieldsOf(text);
    return std::any_of(lines.begin(), lines.end(),
                       [&](const auto& line) { return line.size() >= fields && isNumber(line[at], number); });
}

void check(const guest::Identity& identity, const std::string& user, const std::string& passwd,
           const std::string& group) {
    constexpr std::uint32_t noChange = 0xFFFFFFFF; // to setuid(2)
    require(identity.uid != noChange && identity.gid != noChange && !identity.home.empty());
    require(identity.home.find_first_of(":\n") == std::string::npos);
    const auto colon = user.find(':');
    const auto name = user.substr(0, colon);
    const auto groupName = colon == std::string::npos ? "" : user.substr(colon + 1);
    require(isNumber(name.empty() ? "0" : name, identity.uid) || isListed(passwd, 6, 2, identity.uid));
    require(identity.gid == 0 || isNumber(groupName, identity.gid) || isListed(passwd, 6, 3, identity.gid) ||
            isListed(group, 3, 2, identity.gid));
    const auto& groups = identity.groups;
    require(std::count(groups.begin(), groups.end(), identity.gid) >= 1);
    require(groupName.empty() || groups.size() == 1);
    for (const auto gid : groups)
        require(gid != noChange && (gid == identity.gid || isListed(group, 4, 2, gid)));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 4096) return 0; // the oracle is slow
    Input input(text(data, size));
    const std::string user(input.upTo("\n"));
    const std::string passwd(input.upTo("--\n"));
    const std::string group(input.rest());
    const auto error = refusal([&] {
        const auto identity = guest::findIdentity(user, passwd, group);
        check(identity, user, passwd, group);
        const auto number = std::to_string(identity.uid) + ":" + std::to_string(identity.gid);
        const auto again = guest::findIdentity(number, "", "");
        require(again.uid == identity.uid && again.gid == identity.gid);
    });
    require(!error || error->code() == ErrorCode::Input);
    return 0;
}
