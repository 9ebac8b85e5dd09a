#include "build/guest.hh"

#include <rootlayer/guest.hh>

#include "images/agent_blob.hh"

namespace rootlayer {

images::GuestImageSpec build::guestImageSpec(const Settings& settings) {
    return {.cacheFolder = settings.cacheFolder,
            .agent = images::agentBinary(),
            .agentDigest = images::agentDigest(),
            .kernel = settings.kernel,
            .modules = settings.modules,
            .busybox = settings.busybox};
}

GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                       const CancelToken& cancel) {
    if (!settings.cacheNotice.empty()) {
        observer.onEvent({.kind = Event::Kind::Warning, .text = settings.cacheNotice});
    }
    auto spec = build::guestImageSpec(settings);
    spec.refreshKernel = refresh;
    spec.buildKernel = true;
    const auto image = images::ensureGuestImage(spec, &observer, &cancel);
    return {image.kernel, image.initramfs, image.kernelRelease, image.kernelDigest.str(),
            image.initramfsDigest.str()};
}

} // namespace rootlayer
