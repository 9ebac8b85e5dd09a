#include "guest-agent/xattrs.hh"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/xattr.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "layer/xattr.hh"

namespace rootlayer::guest {

namespace {

constexpr std::string_view kOverlay = "trusted.overlay.";
// XATTR_SIZE_MAX is the kernel's limit for a value, XATTR_LIST_MAX for the names.
constexpr std::size_t kMostBytes = 65536;

bool isUnsupported(int number) {
    return number == ENOTSUP || number == EPERM;
}

std::string listNames(const std::string& at, const std::string& path) {
    static std::array<char, kMostBytes> buffer;
    const ssize_t got = ::listxattr(at.c_str(), buffer.data(), buffer.size());
    if (got >= 0) return {buffer.data(), static_cast<std::size_t>(got)};
    if (isUnsupported(errno)) return {};
    throw systemError(fmt::format("cannot list the extended attributes of {}", quote(path)));
}

std::optional<std::string> readValue(const std::string& at, const std::string& name,
                                     const std::string& path) {
    static std::array<char, kMostBytes> buffer;
    const ssize_t got = ::getxattr(at.c_str(), name.c_str(), buffer.data(), buffer.size());
    if (got >= 0) return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (errno == ENODATA) return std::nullopt;
    throw systemError(fmt::format("cannot read the extended attribute {} of {}", quote(name), quote(path)));
}

void takeOverlays(std::string_view name, const std::string& value, Inode& inode) {
    if (name == "opaque") inode.opaque = value == "y";
    if (name == "redirect" || name == "metacopy")
        inode.faults.push_back(std::string(kOverlay) + std::string(name));
    // Since kernel 5.15 overlayfs keeps chattr's +i and +a here.
    if (name == "protattr") {
        inode.dropped.emplace_back(
            "its attributes 'immutable' or 'append only' (chattr) are not in the layer");
    }
}

void keep(const std::string& name, std::string value, Inode& inode) {
    if (value.empty()) {
        inode.dropped.push_back(
            fmt::format("its extended attribute {} is empty, which a layer cannot hold", quote(name)));
    } else if (name.find('=') != std::string::npos) {
        inode.dropped.push_back(fmt::format(
            "its extended attribute {} has a '=' in its name, which a layer cannot hold", quote(name)));
    } else {
        inode.xattrs.emplace(name, name == layer::kCapabilityXattr ? layer::portableCapability(value)
                                                                   : std::move(value));
    }
}

} // namespace

void readXattrs(const std::string& at, Inode& inode, const std::string& path) {
    const std::string names = listNames(at, path);
    for (std::size_t from = 0; from < names.size();) {
        const std::string name = names.c_str() + from;
        from += name.size() + 1;
        const bool overlays = name.starts_with(kOverlay);
        if (!overlays && !layer::isLayerXattr(name)) continue;
        auto value = readValue(at, name, path);
        if (!value) continue;
        if (overlays) {
            takeOverlays(std::string_view(name).substr(kOverlay.size()), *value, inode);
        } else {
            keep(name, std::move(*value), inode);
        }
    }
}

} // namespace rootlayer::guest
