#include "image/image_name.hh"

namespace rootlayer::image {

namespace {

constexpr std::string_view kDockerHub = "docker.io/";

// "alpine/git" has no registry in front, "localhost/git", "host:5000/git" and "quay.io/git" have.
bool hasRegistry(std::string_view name) {
    const auto slash = name.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view first = name.substr(0, slash);
    return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

} // namespace

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
