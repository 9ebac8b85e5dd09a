#include "guest-agent/base/xattrs.hh"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <sys/xattr.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "guest-agent/base/root_path.hh"
#include "layer/xattr.hh"

namespace rootlayer::guest {

namespace {

constexpr std::string_view kOverlay = "trusted.overlay.";
// The kernel's limits: XATTR_SIZE_MAX for a value, XATTR_LIST_MAX for the names.
constexpr std::size_t kMaxBytes = 65536;
// Usually enough. The kernel allocates the requested size at every call.
constexpr std::size_t kFewBytes = 512;

bool isUnsupported(int number) {
    return number == ENOTSUP || number == EPERM;
}

/// The file whose attributes are read: by a readable descriptor, or by a path.
class Owner final {
  public:
    Owner(int descriptor, std::string path) : m_fd(descriptor), m_at(std::move(path)) {}

    ssize_t list(std::array<char, kMaxBytes>& to) const {
        const ssize_t got = list(to.data(), kFewBytes);
        return got >= 0 || errno != ERANGE ? got : list(to.data(), to.size());
    }
    ssize_t get(const std::string& name, std::array<char, kMaxBytes>& to) const {
        const ssize_t got = get(name, to.data(), kFewBytes);
        return got >= 0 || errno != ERANGE ? got : get(name, to.data(), to.size());
    }

  private:
    ssize_t list(char* to, std::size_t most) const {
        return m_at.empty() ? ::flistxattr(m_fd, to, most) : ::listxattr(m_at.c_str(), to, most);
    }
    ssize_t get(const std::string& name, char* to, std::size_t most) const {
        return m_at.empty() ? ::fgetxattr(m_fd, name.c_str(), to, most)
                            : ::getxattr(m_at.c_str(), name.c_str(), to, most);
    }

    int m_fd;
    std::string m_at;
};

std::string listNames(const Owner& owner, const std::string& path) {
    static std::array<char, kMaxBytes> buffer;
    const ssize_t got = owner.list(buffer);
    if (got >= 0) return {buffer.data(), static_cast<std::size_t>(got)};
    if (isUnsupported(errno)) return {};
    throw systemError(fmt::format("cannot list the extended attributes of {}", quote(path)));
}

std::optional<std::string> readValue(const Owner& owner, const std::string& name, const std::string& path) {
    static std::array<char, kMaxBytes> buffer;
    const ssize_t got = owner.get(name, buffer);
    if (got >= 0) return std::string(buffer.data(), static_cast<std::size_t>(got));
    if (errno == ENODATA) return std::nullopt;
    throw systemError(fmt::format("cannot read the extended attribute {} of {}", quote(name), quote(path)));
}

void takeOverlays(std::string_view name, const std::string& value, Inode& inode) {
    if (name == "opaque") inode.opaque = value == "y";
    if (name == "redirect" || name == "metacopy")
        inode.faults.push_back(std::string(kOverlay) + std::string(name));
    // Since Linux 5.15 overlayfs stores chattr's +i and +a here.
    if (name == "protattr") inode.dropped.emplace_back(kFlagsDropped);
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

void readXattrs(int fd, bool readable, Inode& inode, const std::string& path) {
    const Owner owner(fd, readable ? std::string() : descriptorPath(fd));
    const std::string names = listNames(owner, path);
    for (std::size_t from = 0; from < names.size();) {
        const std::string name = names.c_str() + from;
        from += name.size() + 1;
        const bool overlays = name.starts_with(kOverlay);
        if (!overlays && !layer::isLayerXattr(name)) {
            inode.foreign.insert(name);
            continue;
        }
        auto value = readValue(owner, name, path);
        if (!value) continue;
        if (overlays) {
            takeOverlays(std::string_view(name).substr(kOverlay.size()), *value, inode);
        } else {
            keep(name, std::move(*value), inode);
        }
    }
}

} // namespace rootlayer::guest
