#include "layer/xattr.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::layer {

namespace {

constexpr std::size_t kMaxName = 255;    // XATTR_NAME_MAX
constexpr std::size_t kMaxValue = 65536; // XATTR_SIZE_MAX

// struct vfs_cap_data is le32 magic_etc and four le32 words; vfs_ns_cap_data adds the user ID of the
// namespace's root.
constexpr std::size_t kCapabilityV2Size = 20;
constexpr std::size_t kCapabilityV3Size = 24;
constexpr std::size_t kRevisionByte = 3; // the most significant byte of magic_etc
constexpr char kRevision2 = 2;
constexpr char kRevision3 = 3;

bool isCapabilityV2(std::string_view value) {
    return value.size() == kCapabilityV2Size && value[kRevisionByte] == kRevision2;
}

} // namespace

bool isLayerXattr(std::string_view name) {
    if (name.starts_with("user.")) return name.size() > 5 && !name.starts_with("user.overlay.");
    return name == kCapabilityXattr || name == "system.posix_acl_access" ||
           name == "system.posix_acl_default";
}

std::string portableCapability(std::string_view value) {
    std::string result(value);
    if (value.size() != kCapabilityV3Size || value[kRevisionByte] != kRevision3) return result;
    result.resize(kCapabilityV2Size);
    result[kRevisionByte] = kRevision2;
    return result;
}

void checkXattr(std::string_view name, std::string_view value) {
    const auto refuse = [&](std::string_view why) {
        throw Error(ErrorCode::Layer, fmt::format("the extended attribute {} {}", quote(name), why));
    };
    if (name.size() > kMaxName) refuse("has a name of more than 255 bytes");
    if (name.find('\0') != std::string_view::npos) refuse("has a NUL in its name");
    if (name.find('=') != std::string_view::npos)
        refuse("has a '=' in its name, which a pax header cannot hold");
    if (!isLayerXattr(name)) refuse("is not allowed in a layer");
    if (value.empty()) refuse("is empty, which a pax header cannot hold");
    if (value.size() > kMaxValue) refuse("is longer than 64 KiB");
    if (name == kCapabilityXattr && !isCapabilityV2(value)) refuse("is not version 2");
}

} // namespace rootlayer::layer
