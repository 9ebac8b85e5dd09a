#include <rootlayer/guest.hh>

#include <fmt/format.h>

#include "api/observed_call.hh"
#include "images/guest_image.hh"
#include "images/guest_image_spec.hh"
#include "images/ready_guest.hh"

namespace rootlayer {

namespace {

images::GuestImageSpec specOf(const Settings& settings, bool refresh) {
    auto spec = images::guestImageSpec(settings);
    spec.refreshKernel = refresh;
    spec.buildKernel = true;
    return spec;
}

GuestInfo infoOf(const images::GuestImage& image) {
    return {image.kernel,
            image.initramfs,
            image.kernelRelease,
            image.kernelDigest.str(),
            image.initramfsDigest.str(),
            image.ready};
}

/// Runs do not use the image that was just made if there is a ready one.
void noteReady(images::GuestImageSpec spec, Observer& observer) {
    spec.refreshKernel = false;
    const auto ready = images::readyGuest(spec);
    if (!ready) return;
    const auto text = fmt::format("runs use the ready guest {}; with ROOTLAYER_GUEST=none they use this one",
                                  ready->kernel.substr(0, ready->kernel.rfind('/')));
    observer.onEvent({.kind = Event::Kind::Note, .text = text});
}

template <typename Work>
GuestInfo observed(const Settings& settings, Observer& observer, const Work& work) {
    if (!settings.cacheNotice.empty()) {
        observer.onEvent({.kind = Event::Kind::Warning, .text = settings.cacheNotice});
    }
    return api::observedCall(
        observer, [&]() -> GuestInfo { return infoOf(work()); }, [](const GuestInfo&) { return Outcome(); });
}

} // namespace

GuestInfo prepareGuest(const Settings& settings, bool refresh, Observer& observer,
                       const CancelToken& cancel) {
    const auto spec = specOf(settings, refresh);
    return observed(settings, observer, [&] {
        auto image = images::ensureGuestImage(spec, &observer, &cancel);
        if (refresh) noteReady(spec, observer);
        return image;
    });
}

GuestInfo writeGuest(const Settings& settings, const std::string& directory, bool refresh, Observer& observer,
                     const CancelToken& cancel) {
    auto spec = specOf(settings, refresh);
    spec.ready.clear();
    return observed(settings, observer, [&] {
        return images::writeReadyGuest(images::ensureGuestImage(spec, &observer, &cancel), spec, directory);
    });
}

} // namespace rootlayer
