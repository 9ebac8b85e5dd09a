#include "image/host_xattrs.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <sys/xattr.h>

#include "layer/xattr.hh"

namespace rootlayer::image {

namespace {

constexpr std::size_t kMaxXattr = 65536; // XATTR_SIZE_MAX, XATTR_LIST_MAX

int readValue(const std::string& path, const std::string& name, std::map<std::string, std::string>& result) {
    std::string value(kMaxXattr, '\0');
    const ssize_t size = ::getxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (size < 0) return errno;
    value.resize(static_cast<std::size_t>(size));
    if (name == layer::kCapabilityXattr) value = layer::portableCapability(value);
    if (!value.empty()) result.emplace(name, std::move(value)); // a pax record cannot be empty
    return 0;
}

bool isLost(std::string_view name) {
    return name.starts_with("trusted.") && !name.starts_with("trusted.overlay.");
}

int readValues(const std::string& path, std::string_view list, std::map<std::string, std::string>& result,
               bool* lost) {
    while (!list.empty()) {
        const std::string name(list.substr(0, list.find('\0')));
        list.remove_prefix(std::min(name.size() + 1, list.size()));
        if (lost != nullptr && isLost(name)) *lost = true;
        if (!layer::isLayerXattr(name)) continue;
        if (const int error = readValue(path, name, result); error != 0) return error;
    }
    return 0;
}

} // namespace

int readXattrs(const std::string& path, std::map<std::string, std::string>& result, bool* lost) {
    constexpr std::size_t usual = 512;
    std::array<char, usual> few; // most files have none: not even the buffer should cost
    const ssize_t listed = ::listxattr(path.c_str(), few.data(), few.size());
    if (listed >= 0) return readValues(path, {few.data(), static_cast<std::size_t>(listed)}, result, lost);
    if (errno == ENOTSUP) return 0;
    if (errno != ERANGE) return errno;
    std::string many(kMaxXattr, '\0');
    const ssize_t all = ::listxattr(path.c_str(), many.data(), many.size());
    if (all < 0) return errno;
    return readValues(path, std::string_view(many).substr(0, static_cast<std::size_t>(all)), result, lost);
}

} // namespace rootlayer::image
