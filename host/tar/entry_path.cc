#include "tar/entry_path.hh"

#include <algorithm>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/rules.hh"

namespace rootlayer::tar {

std::vector<std::string_view> entryPath(std::string_view name) {
    std::vector<std::string_view> components;
    std::size_t size = 0;
    while (!name.empty()) {
        const auto component = name.substr(0, name.find('/'));
        name.remove_prefix(std::min(component.size() + 1, name.size()));
        if (component.empty() || component == ".") continue;
        if (component == "..") {
            if (!components.empty()) components.pop_back();
            continue;
        }
        if (!layer::fitsComponent(component)) {
            throw Error(ErrorCode::Image, fmt::format("the name {}... has more than {} bytes",
                                                      quote(component.substr(0, 40)), layer::kMaxComponent));
        }
        components.push_back(component);
    }
    for (const auto component : components)
        size += component.size() + 1;
    // Most paths are short: join only those that may be too long.
    if (size > layer::kMaxPath + 1 && !layer::fitsPath(joined(components))) {
        throw Error(ErrorCode::Image, fmt::format("a path has more than {} bytes", layer::kMaxPath));
    }
    return components;
}

std::string joined(const std::vector<std::string_view>& components) {
    std::string path;
    for (const auto component : components) {
        if (!path.empty()) path += '/';
        path += component;
    }
    return path;
}

} // namespace rootlayer::tar
