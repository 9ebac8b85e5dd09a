#include "tar/tar_sum.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "base/digest.hh"
#include "tar/entry_path.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::tar {

namespace {

constexpr std::string_view kXattr = "SCHILY.xattr.";

/// As Go's archive/tar gives it: type NUL is a file, or a directory if its name ends in a slash.
char typeOf(const TarMember& member, const std::string& path) {
    if (member.header.type != '\0') return member.header.type;
    return path.ends_with('/') ? '5' : '0';
}

/// The size that the headers give, which for links may not be that of the data.
std::uint64_t sizeOf(const TarMember& member, const layer::Entry& entry) {
    if (entry.type == layer::EntryType::File) return entry.size;
    return static_cast<std::uint64_t>(member.header.size);
}

void hashHeaders(const TarMember& member, const layer::Entry& entry, TarSumVersion version, Sha256& hash) {
    const auto field = [&](std::string_view name, const auto& value) {
        hash.write(fmt::format("{}{}", name, value));
    };
    field("name", entry.path);
    field("mode", member.header.mode);
    field("uid", entry.uid);
    field("gid", entry.gid);
    field("size", sizeOf(member, entry));
    if (version == TarSumVersion::V0) field("mtime", entry.mtime);
    field("typeflag", typeOf(member, entry.path));
    field("linkname", entry.linkTarget);
    field("uname", ""); // docker leaves the values out since Go 1.10
    field("gname", "");
    field("devmajor", member.header.devMajor);
    field("devminor", member.header.devMinor);
    if (version == TarSumVersion::V0) return;
    for (const auto& [key, value] : member.pax) {
        if (key.starts_with(kXattr)) field(std::string_view(key).substr(kXattr.size()), value);
    }
}

struct EntrySum {
    std::string sum;
    std::string name;
};

/// Sorted by sum; entries with the same name take the places of their sums in the order of the tar.
std::vector<EntrySum> inOrder(std::vector<EntrySum> sums) {
    std::map<std::string, std::vector<std::string>> byName;
    for (const auto& each : sums)
        byName[each.name].push_back(each.sum);
    std::sort(sums.begin(), sums.end(), [](const EntrySum& a, const EntrySum& b) {
        return std::tie(a.sum, a.name) < std::tie(b.sum, b.name);
    });
    std::map<std::string, std::size_t> taken;
    for (auto& each : sums)
        each.sum = byName[each.name][taken[each.name]++];
    return sums;
}

} // namespace

std::string tarSum(Source& tar, TarSumVersion version, std::string_view before) {
    std::vector<EntrySum> sums;
    ForeignTar entries(tar);
    while (const auto* entry = entries.next()) {
        Sha256 hash;
        hashHeaders(entries.member(), *entry, version, hash);
        for (auto bytes = entries.data(); !bytes.empty(); bytes = entries.data())
            hash.write(bytes);
        sums.push_back({hash.finish().hex(), joined(entryPath(entry->path))});
    }
    Sha256 whole;
    whole.write(before);
    for (const auto& each : inOrder(std::move(sums)))
        whole.write(each.sum);
    return (version == TarSumVersion::V0 ? "tarsum+" : "tarsum.v1+") + whole.finish().str();
}

} // namespace rootlayer::tar
