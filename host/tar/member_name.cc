#include "tar/member_name.hh"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::tar {

namespace {

constexpr std::size_t kMaxName = 4095;

[[noreturn]] void refuse(std::string_view name, std::string_view why, const std::string& what) {
    throw Error(ErrorCode::Image,
                fmt::format("{} has a member named {}, which {}", what, quote(name.substr(0, 200)), why));
}

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        parts.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

} // namespace

std::string memberName(std::string_view name, const std::string& what) {
    const std::string_view whole = name;
    if (name.starts_with('/')) refuse(whole, "is absolute", what);
    if (name.size() > kMaxName) refuse(whole, "is too long", what);
    if (std::any_of(name.begin(), name.end(), isControl)) refuse(whole, "has control characters", what);
    while (name.starts_with("./"))
        name.remove_prefix(2);
    if (name.ends_with('/')) name.remove_suffix(1);
    if (name.empty() || name == ".") return {};
    for (const std::string_view part : split(name)) {
        if (part == "..") refuse(whole, "leaves the archive", what);
        if (part.empty() || part == ".") refuse(whole, "is not in its simplest form", what);
    }
    return std::string(name);
}

std::string symlinkTarget(std::string_view link, std::string_view target, const std::string& what) {
    if (target.empty() || target.starts_with('/')) refuse(link, "is a symlink out of the archive", what);
    std::vector<std::string_view> path = split(link);
    path.pop_back();
    for (const std::string_view part : split(target)) {
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            path.push_back(part);
        } else if (path.empty()) {
            refuse(link, "is a symlink out of the archive", what);
        } else {
            path.pop_back();
        }
    }
    return fmt::format("{}", fmt::join(path, "/"));
}

} // namespace rootlayer::tar
