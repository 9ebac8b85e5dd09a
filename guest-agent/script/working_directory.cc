#include "guest-agent/script/working_directory.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace rootlayer::guest {

namespace {

// The limit of Linux.
constexpr int kMaxLinks = 40;

std::string takeName(std::string& path) {
    const auto from = std::min(path.find_first_not_of('/'), path.size());
    const auto end = std::min(path.find('/', from), path.size());
    auto name = path.substr(from, end - from);
    path.erase(0, end);
    return name;
}

std::optional<std::string> linkTarget(int root, const std::string& path) {
    std::array<char, PATH_MAX> target;
    const ssize_t size = ::readlinkat(root, path.c_str(), target.data(), target.size());
    if (size <= 0) return std::nullopt;
    return std::string(target.data(), static_cast<std::size_t>(size));
}

} // namespace

void makeWorkingDirectory(int root, const std::string& path) {
    std::string made; // no component of it is a symlink
    std::string rest = path;
    for (int links = 0; links <= kMaxLinks;) {
        const auto name = takeName(rest);
        if (name.empty()) return;
        if (name == ".") continue;
        if (name == "..") {
            made.erase(std::min(made.rfind('/'), made.size()));
            continue;
        }
        const auto next = made + "/" + name;
        if (::mkdirat(root, next.c_str() + 1, 0755) != 0 && errno != EEXIST) return;
        if (const auto target = linkTarget(root, next.c_str() + 1)) {
            ++links;
            rest = *target + "/" + rest;
            if (target->front() == '/') made.clear();
        } else {
            made = next;
        }
    }
}

} // namespace rootlayer::guest
