#include "run/pack_notes.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include "base/escape.hh"

namespace rootlayer::run {

namespace {

constexpr std::size_t kMaxNameLength = 400;

/// `3 names, the first is "/tmp/a"`
std::string shown(const protocol::Tally& tally, std::uint64_t most, const char* one, const char* many) {
    const auto name = quote(tally.first.substr(0, kMaxNameLength));
    if (tally.count == 1) return fmt::format("1 {}, {}", one, name);
    return fmt::format("{} {}, the first is {}", std::min(tally.count, most), many, name);
}

} // namespace

PackNotes PackNotes::of(const protocol::PackEnd& end, std::uint64_t mostNames) {
    PackNotes result;
    if (end.unpacked.count > 0) {
        result.warnings.push_back(
            fmt::format("files that the script left in /tmp, /run and /dev are not in the layer "
                        "({}); --keep-tmp includes /tmp and /run",
                        shown(end.unpacked, mostNames, "name", "names")));
    }
    if (end.attributes.count > 0) {
        result.warnings.push_back(
            fmt::format("some extended attributes are not in the layer ({}); a layer can only have user.*, "
                        "security.capability and POSIX ACLs",
                        shown(end.attributes, mostNames, "entry", "entries")));
    }
    if (end.times.count > 0) {
        result.notes.push_back(
            fmt::format("directories in which only the time changed are not in the layer ({})",
                        shown(end.times, mostNames, "directory", "directories")));
    }
    return result;
}

} // namespace rootlayer::run
