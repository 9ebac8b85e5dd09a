#include <rootlayer/guest.hh>

#include "api/observed_call.hh"
#include "images/guest_image.hh"
#include "images/guest_image_spec.hh"

namespace rootlayer {

GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                       const CancelToken& cancel) {
    if (!settings.cacheNotice.empty()) {
        observer.onEvent({.kind = Event::Kind::Warning, .text = settings.cacheNotice});
    }
    auto spec = images::guestImageSpec(settings);
    spec.refreshKernel = refresh;
    spec.buildKernel = true;
    const auto prepare = [&]() -> GuestInfo {
        const auto image = images::ensureGuestImage(spec, &observer, &cancel);
        return {image.kernel, image.initramfs, image.kernelRelease, image.kernelDigest.str(),
                image.initramfsDigest.str()};
    };
    return api::observedCall(observer, prepare, [](const GuestInfo&) { return Outcome(); });
}

} // namespace rootlayer
