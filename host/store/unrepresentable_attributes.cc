#include "store/unrepresentable_attributes.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>

#include "tar/posix_acl.hh"

namespace rootlayer::store {

namespace {

constexpr const char* kAcls = "lost-acls";
constexpr const char* kTimes = "clipped-times";

std::uint64_t numberIn(const std::map<std::string, std::string>& facts, const char* key) {
    std::uint64_t number = 0;
    if (const auto found = facts.find(key); found != facts.end())
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), number);
    return number;
}

std::string entries(std::uint64_t count) {
    return count == 1 ? "1 entry" : fmt::format("{} entries", count);
}

} // namespace

std::int64_t heldTime(std::int64_t seconds) {
    return std::clamp<std::int64_t>(seconds, 0, UINT32_MAX);
}

void UnrepresentableAttributes::count(const layer::Entry& entry) {
    // A hard link repeats the attributes of its file, which are counted already.
    if (entry.type == layer::EntryType::HardLink) return;
    const auto isLost = [&](const auto& xattr) {
        return tar::isAclName(xattr.first) && !tar::isUsableAcl(entry.type, xattr.first, xattr.second);
    };
    if (std::any_of(entry.xattrs.begin(), entry.xattrs.end(), isLost)) ++m_acls;
    if (heldTime(entry.mtime) != entry.mtime) ++m_times;
}

void UnrepresentableAttributes::writeTo(std::map<std::string, std::string>& facts) const {
    if (m_acls > 0) facts[kAcls] = std::to_string(m_acls);
    if (m_times > 0) facts[kTimes] = std::to_string(m_times);
}

UnrepresentableAttributes
UnrepresentableAttributes::readFrom(const std::map<std::string, std::string>& facts) {
    UnrepresentableAttributes losses;
    losses.m_acls = numberIn(facts, kAcls);
    losses.m_times = numberIn(facts, kTimes);
    return losses;
}

std::vector<std::string> UnrepresentableAttributes::sentences(const std::string& layer) const {
    std::vector<std::string> result;
    if (m_acls > 0) {
        result.push_back(fmt::format("{} has {} with a POSIX ACL that is not valid or names users without "
                                     "their numbers; the script does not see it, and a file that it changes "
                                     "has no ACL in the layer",
                                     layer, entries(m_acls)));
    }
    if (m_times > 0) {
        result.push_back(fmt::format("{} has {} with a time before 1970 or after 2106; the script sees the "
                                     "nearest time between",
                                     layer, entries(m_times)));
    }
    return result;
}

} // namespace rootlayer::store
