#include "tar/member_meaning.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/foreign_header.hh"

namespace rootlayer::tar {

namespace {

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

/// The long name of GNU's type 'L' or 'K', without trailing NULs.
std::optional<std::string> longName(const TarMember& member, char type) {
    std::optional<std::string> name;
    for (const auto& extension : member.extensions) {
        if (extension.type != type) continue;
        if (name) refuse("it has two long names");
        const auto end = extension.body.find_last_not_of('\0');
        name = withoutNul(extension.body.substr(0, end == std::string::npos ? 0 : end + 1), "long name");
    }
    return name && name->empty() ? std::nullopt : name;
}

/// The effective name: from the pax header, else GNU's, else from the header itself.
std::string nameOf(const TarMember& member, char gnuType, std::string_view paxKey, const std::string& plain) {
    const auto gnu = longName(member, gnuType);
    const auto pax = member.pax.find(paxKey);
    if (pax == member.pax.end() || pax->second.empty()) return gnu.value_or(plain);
    if (gnu) refuse(fmt::format("it has two names, a GNU one and a pax {}", paxKey));
    return withoutNul(pax->second, paxKey);
}

void requireOnePaxHeader(const TarMember& member) {
    const auto isPax = [](const TarExtension& extension) {
        return extension.type == 'x' || extension.type == 'X';
    };
    if (std::count_if(member.extensions.begin(), member.extensions.end(), isPax) > 1)
        refuse("it has two pax headers");
    for (const auto& extension : member.extensions) {
        if (extension.type != 'g') continue;
        for (const auto& [key, value] : parsePaxRecords(extension.body)) {
            if (isMeaningfulPaxKey(key))
                refuse(fmt::format("a global pax header sets {} for all entries", quote(key)));
        }
    }
}

/// Writers that use the record put 0 or the same size into the header.
void requireOneSize(const TarMember& member) {
    const auto size = static_cast<std::uint64_t>(member.header.size);
    if (!layer::hasData(member.header.type) || !member.pax.contains("size")) return;
    if (size != 0 && size != member.stored)
        refuse(fmt::format("its header and its pax header have two sizes, {} and {}", size, member.stored));
}

char typeOf(const TarMember& member, const std::string& path) {
    switch (const char type = member.header.type) {
    case '\0':
        // v7 (Seventh Edition Unix) had no type for directories.
        return path.ends_with('/') ? '5' : '0';
    case '7':
        return '0';
    case 'S':
        return type;
    default:
        if (type < '0' || type > '6')
            refuse(fmt::format("{} has the unknown type {}", quote(path), quote({&type, 1})));
        return type;
    }
}

} // namespace

MemberMeaning meaningOf(const TarMember& member) {
    requireOnePaxHeader(member);
    requireOneSize(member);
    MemberMeaning meaning;
    meaning.path = nameOf(member, 'L', "path", member.header.name);
    meaning.linkTarget = nameOf(member, 'K', "linkpath", member.header.link);
    meaning.type = typeOf(member, meaning.path);
    if (meaning.type != '1' && meaning.type != '2') meaning.linkTarget.clear();
    return meaning;
}

} // namespace rootlayer::tar
