#include "layer/rules.hh"

#include <algorithm>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/order.hh"
#include "layer/refuse.hh"
#include "layer/whiteout.hh"
#include "layer/xattr.hh"

namespace rootlayer::layer {

namespace {

void checkComponent(std::string_view name) {
    if (name.empty()) refuse("its path is not canonical: it has an empty component");
    if (name == "." || name == "..")
        refuse(fmt::format("its path is not canonical: it has a component {}", quote(name)));
    if (!fitsComponent(name)) refuse("its path has a component of more than 255 bytes");
}

void checkText(std::string_view text, std::string_view what) {
    if (text.empty()) refuse(fmt::format("its {} is empty", what));
    if (text.find('\0') != std::string_view::npos) refuse(fmt::format("its {} has a NUL byte", what));
}

void checkWhiteout(const Entry& entry) {
    const auto name = baseName(entry.path);
    if (isReservedWhiteout(name))
        refuse("its name is a whiteout of nothing, or a marker that is not allowed in a layer");
    Entry plain;
    plain.path = entry.path;
    if (entry == plain) return;
    refuse(
        "its name begins with \".wh.\", but it is not a whiteout (regular, empty, mode 0, owner 0:0, time 0)",
        "a file of that name cannot be in a layer: it would be read as a deletion; give it another name");
}

void checkNumbers(const Entry& entry) {
    if (entry.mode > 07777) refuse(fmt::format("its mode {:o} has more than 12 bits", entry.mode));
    if (entry.uid == kNoChange) refuse("its owner is 4294967295, which chown(2) treats as \"no change\"");
    if (entry.gid == kNoChange) refuse("its group is 4294967295, which chown(2) treats as \"no change\"");
    if (entry.mtime < 0) refuse(fmt::format("its time {} is negative", entry.mtime));
    if (entry.size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        refuse("its size is above 2^63-1");
    if (entry.size != 0 && entry.type != EntryType::File) refuse("it has a size, but is not a regular file");
}

void checkDevice(const Entry& entry) {
    const bool isDevice = entry.type == EntryType::CharDevice || entry.type == EntryType::BlockDevice;
    if (!isDevice) {
        if (entry.devMajor != 0 || entry.devMinor != 0) refuse("it has a device number, but is not a device");
        return;
    }
    if (entry.devMajor > kMaxDevice || entry.devMinor > kMaxDevice)
        refuse(fmt::format("its device number {}:{} is above 2097151", entry.devMajor, entry.devMinor));
    if (entry.type == EntryType::CharDevice && entry.devMajor == 0 && entry.devMinor == 0)
        refuse("it is the character device 0:0, which overlayfs treats as a deletion");
}

void checkLink(const Entry& entry) {
    const bool isLink = entry.type == EntryType::HardLink || entry.type == EntryType::Symlink;
    if (!isLink) {
        if (!entry.linkTarget.empty()) refuse("it has a link target, but is not a link");
        return;
    }
    checkText(entry.linkTarget, "link target");
    if (entry.linkTarget.size() > kMaxPath) refuse("its link target is longer than 4095 bytes");
    if (entry.type == EntryType::Symlink) return;
    try {
        checkPath(entry.linkTarget);
    } catch (Error& error) {
        error.addContext(fmt::format("its link target {}", quote(entry.linkTarget)));
        throw;
    }
    if (compareLayerPaths(entry.linkTarget, entry.path) >= 0)
        refuse(
            fmt::format("it is a hard link to {}, which does not come before it", quote(entry.linkTarget)));
}

} // namespace

bool fitsComponent(std::string_view name) {
    const auto prefix = isWhiteoutName(name) ? kWhiteoutPrefix.size() : 0;
    return name.size() - prefix <= kMaxComponent;
}

bool fitsPath(std::string_view path) {
    const auto name = baseName(path);
    if (name == kOpaqueMarker) return parentPath(path).size() <= kMaxPath;
    const auto prefix = isWhiteoutName(name) ? kWhiteoutPrefix.size() : 0;
    return path.size() - prefix <= kMaxPath;
}

void checkPath(std::string_view path) {
    checkText(path, "path");
    if (!fitsPath(path)) refuse("its path is longer than 4095 bytes");
    for (;;) {
        const auto slash = path.find('/');
        checkComponent(path.substr(0, slash));
        if (slash == std::string_view::npos) return;
        path.remove_prefix(slash + 1);
    }
}

void checkEntry(const Entry& entry) {
    checkPath(entry.path);
    if (isWhiteoutPath(entry.path)) return checkWhiteout(entry);
    checkNumbers(entry);
    checkDevice(entry);
    checkLink(entry);
    for (const auto& [name, value] : entry.xattrs)
        checkXattr(name, value);
}

std::size_t pathDepth(std::string_view path) {
    return 1 + static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

} // namespace rootlayer::layer
