#include "layer/whiteout.hh"

namespace rootlayer::layer {

std::string_view baseName(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

std::string_view parentPath(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

bool isWhiteoutName(std::string_view name) {
    return name.starts_with(kWhiteoutPrefix);
}

bool isWhiteoutPath(std::string_view path) {
    return isWhiteoutName(baseName(path));
}

bool isReservedWhiteout(std::string_view name) {
    if (!isWhiteoutName(name)) return false;
    const auto removed = name.substr(kWhiteoutPrefix.size());
    return removed.empty() || removed == "." || removed == ".." || isWhiteoutName(removed);
}

std::string whiteoutName(std::string_view name) {
    return std::string(kWhiteoutPrefix).append(name);
}

std::string removedPath(std::string_view whiteoutPath) {
    const auto name = baseName(whiteoutPath);
    std::string removed(whiteoutPath.substr(0, whiteoutPath.size() - name.size()));
    return removed.append(name.substr(kWhiteoutPrefix.size()));
}

Entry whiteoutEntry(std::string_view removed) {
    const auto name = baseName(removed);
    Entry entry;
    entry.path = removed.substr(0, removed.size() - name.size());
    entry.path.append(kWhiteoutPrefix).append(name);
    return entry;
}

} // namespace rootlayer::layer
