#include "guest-agent/script/environment.hh"

#include <algorithm>

namespace rootlayer::guest {

namespace {

bool isNamed(const std::string& entry, std::string_view name) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
}

} // namespace

std::optional<std::string> valueIn(const Environment& environment, std::string_view name) {
    const auto found = std::find_if(environment.rbegin(), environment.rend(),
                                    [&](const std::string& entry) { return isNamed(entry, name); });
    if (found == environment.rend()) return std::nullopt;
    return found->substr(name.size() + 1);
}

void setDefault(Environment& environment, const std::string& name, const std::string& value) {
    if (!valueIn(environment, name)) environment.push_back(name + "=" + value);
}

void extendPath(Environment& environment, const std::string& directory) {
    for (auto& entry : environment) {
        if (isNamed(entry, "PATH")) entry += (entry.back() == '=' ? "" : ":") + directory;
    }
}

} // namespace rootlayer::guest
