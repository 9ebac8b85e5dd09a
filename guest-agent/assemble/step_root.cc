#include "guest-agent/assemble/step_root.hh"

#include <array>
#include <fmt/format.h>
#include <sys/mount.h>

#include "guest-agent/assemble/overlay_root.hh"
#include "guest-agent/base/layout.hh"
#include "guest-agent/base/mounting.hh"
#include "protocol/control.hh"

namespace rootlayer::guest {

namespace {

constexpr std::array kPoints{"dev", "proc", "sys", "tmp", "run", kOwnDirectory, protocol::kLayerPath};

void unmount(const std::string& path) noexcept {
    ::umount2(path.c_str(), MNT_DETACH);
}

std::string layerPath() {
    return std::string(kStepRoot) + protocol::kLayerPath;
}

void mountBaseWithPoints(const std::string& lowers) {
    makeDirectory(kStepPoints);
    for (const char* name : kPoints)
        makeDirectory(fmt::format("{}/{}", kStepPoints, name));
    makeDirectory(kStepRoot);
    enterLayers();
    // Without an upper directory overlayfs needs two lowers.
    mountAt("base", kStepRoot, "overlay", MS_RDONLY,
            fmt::format("lowerdir=p:{},{}", lowers.empty() ? "e" : lowers, kOverlayRules));
    leaveLayers();
}

} // namespace

StepRoot::StepRoot(const std::string& lowers) {
    mountBaseWithPoints(lowers);
    try {
        mountAt(kUpper, layerPath(), nullptr, MS_BIND);
    } catch (...) {
        unmount(kStepRoot);
        throw;
    }
}

StepRoot::~StepRoot() {
    unmount(layerPath());
    unmount(kStepRoot);
}

} // namespace rootlayer::guest
