#include "guest-agent/script/users.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <optional>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

// The kernel's largest ID; 0xFFFFFFFF means "no change" to setuid(2) and chown(2).
constexpr std::uint32_t kMaxId = 0xFFFFFFFE;

std::optional<std::uint32_t> idOf(std::string_view text) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || id > kMaxId)
        return std::nullopt;
    return id;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Calls `use` with the fields of each line until it returns true.
void eachRecord(std::string_view text, std::size_t fields,
                const std::function<bool(const std::vector<std::string_view>&)>& use) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto record = split(text.substr(0, end), ':');
        if (record.size() >= fields && use(record)) return;
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

struct PasswdEntry {
    std::string_view name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string_view home;
};

std::optional<PasswdEntry> findPasswd(std::string_view passwd, std::string_view user) {
    const auto number = idOf(user);
    std::optional<PasswdEntry> found;
    eachRecord(passwd, 6, [&](const auto& record) {
        const auto uid = idOf(record[2]);
        const auto gid = idOf(record[3]);
        if (!uid || !gid || record[0].empty() || (record[0] != user && uid != number)) return false;
        found = PasswdEntry{record[0], *uid, *gid, record[5]};
        return true;
    });
    return found;
}

gid_t findGroup(std::string_view group, std::string_view wanted) {
    std::optional<gid_t> found;
    eachRecord(group, 3, [&](const auto& record) {
        if (record[0] == wanted) found = idOf(record[2]);
        return found.has_value();
    });
    if (!found) found = idOf(wanted);
    if (found) return *found;
    throw Error(ErrorCode::Input, fmt::format("there is no group {} in the base's /etc/group", quote(wanted)),
                protocol::kHintGroup);
}

std::vector<gid_t> groupsWith(std::string_view group, std::string_view member) {
    std::vector<gid_t> groups;
    eachRecord(group, 4, [&](const auto& record) {
        const auto gid = idOf(record[2]);
        const auto members = split(record[3], ',');
        if (gid && std::find(members.begin(), members.end(), member) != members.end()) groups.push_back(*gid);
        return false;
    });
    return groups;
}

/// As in docker and podman: the primary group is also a supplementary group. Otherwise a process that changes
/// its group could access files that deny the primary group access (CVE-2022-36109).
void addPrimaryGroup(Identity& identity) {
    auto& groups = identity.groups;
    if (std::find(groups.begin(), groups.end(), identity.gid) == groups.end())
        groups.insert(groups.begin(), identity.gid);
}

} // namespace

Identity findIdentity(std::string_view user, std::string_view passwd, std::string_view group) {
    const auto colon = user.find(':');
    auto who = user.substr(0, colon);
    const auto wantedGroup = colon == std::string_view::npos ? std::string_view() : user.substr(colon + 1);
    if (who.empty()) who = "0";

    Identity identity;
    const auto entry = findPasswd(passwd, who);
    if (entry) {
        identity.uid = entry->uid;
        identity.gid = entry->gid;
        if (!entry->home.empty()) identity.home = entry->home;
    } else if (const auto number = idOf(who)) {
        identity.uid = *number;
    } else {
        throw Error(ErrorCode::Input,
                    fmt::format("there is no user {} in the base's /etc/passwd", quote(who)),
                    protocol::kHintUser);
    }
    if (!wantedGroup.empty()) {
        identity.gid = findGroup(group, wantedGroup);
    } else if (entry) {
        identity.groups = groupsWith(group, entry->name);
    }
    addPrimaryGroup(identity);
    return identity;
}

} // namespace rootlayer::guest
