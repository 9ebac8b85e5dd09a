#include "image/image_name.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::image {

namespace {

constexpr std::string_view kDockerHub = "docker.io/";

// "alpine/git" does not start with a registry; "localhost/git", "host:5000/git" and "quay.io/git" do.
bool hasRegistry(std::string_view name) {
    const auto slash = name.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view first = name.substr(0, slash);
    return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

constexpr std::size_t kMaxTagLength = 128;
constexpr std::size_t kMaxNameLength = 255;
constexpr std::string_view kNameHint = "[HOST[:PORT]/]NAME[:TAG], such as tools/web:1.2";

bool isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool isUpper(char c) {
    return c >= 'A' && c <= 'Z';
}

// Letters and digits, with ".", "_", "__" or dashes between them.
bool isPathComponent(std::string_view text) {
    if (text.empty() || !isLetterOrDigit(text.front()) || !isLetterOrDigit(text.back())) return false;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.size(), text.find_first_of("._-", begin));
        const auto next = std::min(text.size(), text.find_first_not_of("._-", end));
        const auto separator = text.substr(end, next - end);
        const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
        if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
        if (!std::all_of(text.begin() + begin, text.begin() + end, isLetterOrDigit)) return false;
        begin = next;
    }
    return true;
}

bool isHost(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return isLetterOrDigit(c) || isUpper(c) || c == '.' || c == ':' || c == '-' || c == '[' || c == ']';
    });
}

std::string lowerCase(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return isUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

[[noreturn]] void refuseName(std::string_view name) {
    throw Error(ErrorCode::Usage, fmt::format("{} is not a valid image name", quote(name)),
                std::string(kNameHint));
}

} // namespace

void requireTag(std::string_view tag) {
    const auto allowed = [](char c) {
        return isLetterOrDigit(c) || isUpper(c) || c == '_' || c == '.' || c == '-';
    };
    if (!tag.empty() && tag.size() <= kMaxTagLength && tag.front() != '.' && tag.front() != '-' &&
        std::all_of(tag.begin(), tag.end(), allowed)) {
        return;
    }
    throw Error(ErrorCode::Usage, fmt::format("{} is not a valid image tag", quote(tag)),
                "a tag has at most 128 letters, digits, _, . and -, and does not start with . or -");
}

bool hasTag(std::string_view name) {
    const auto slash = name.rfind('/');
    return name.find(':', slash == std::string_view::npos ? 0 : slash) != std::string_view::npos;
}

std::string_view tagOf(std::string_view checkedName) {
    return checkedName.substr(checkedName.rfind(':') + 1);
}

std::string checkedImageName(std::string_view name) {
    const auto slash = name.rfind('/');
    const auto colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
    const std::string_view tag = colon == std::string_view::npos ? "latest" : name.substr(colon + 1);
    std::string_view path = name.substr(0, colon);
    std::string host;
    if (hasRegistry(path)) {
        host = path.substr(0, path.find('/') + 1);
        path.remove_prefix(host.size());
        if (!isHost(std::string_view(host).substr(0, host.size() - 1))) refuseName(name);
    }
    requireTag(tag);
    const std::string lower = lowerCase(path);
    for (std::size_t begin = 0; begin <= lower.size();) {
        const auto end = std::min(lower.size(), lower.find('/', begin));
        if (!isPathComponent(std::string_view(lower).substr(begin, end - begin))) refuseName(name);
        begin = end + 1;
    }
    if (host.size() + lower.size() > kMaxNameLength) refuseName(name);
    return fmt::format("{}{}:{}", host, lower, tag);
}

std::string fullImageName(std::string_view name) {
    if (name.starts_with("index.docker.io/")) name.remove_prefix(6);
    std::string result(hasRegistry(name) ? "" : kDockerHub);
    result += name;
    if (result.starts_with(kDockerHub) && result.find('/', kDockerHub.size()) == std::string::npos) {
        result.insert(kDockerHub.size(), "library/");
    }
    return result.find(':', result.rfind('/')) == std::string::npos ? result + ":latest" : result;
}

} // namespace rootlayer::image
