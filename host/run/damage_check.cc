#include "run/damage_check.hh"

#include <csignal>

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/escape.hh"

namespace rootlayer::run {

bool diedOfDamage(int status) {
    return status == 126 || status == 128 + SIGILL || status == 128 + SIGBUS || status == 128 + SIGSEGV;
}

bool isOfMachine(const Error& error) {
    switch (error.code()) {
    case ErrorCode::Machine:
    case ErrorCode::Guest:
    case ErrorCode::Protocol:
    case ErrorCode::Timeout:
    case ErrorCode::Image:
        return true;
    default:
        return false;
    }
}

bool saysReadError(const std::string& console) {
    return console.find("SQUASHFS error") != std::string::npos ||
           console.find("I/O error") != std::string::npos;
}

namespace {

/// It is not removed: another program put it there.
void refuseReadyGuest(const images::GuestImage& image, const std::string& damage) {
    if (!image.ready || damage.empty()) return;
    throw Error(ErrorCode::Machine,
                fmt::format("the ready guest {} is damaged: {}",
                            quote(image.kernel.substr(0, image.kernel.rfind('/'))), damage),
                "install it again, or set ROOTLAYER_GUEST=none");
}

} // namespace

std::vector<std::string> removeDamaged(const UsedCache& used) {
    const store::LayerStore layers(CacheDirectory(used.cacheDirectory).layers());
    auto damages = layers.removeDamaged(used.disks);
    const auto image = images::removeDamagedGuestImage(used.guestImage);
    if (!image.empty()) {
        damages.push_back("the guest image: " + image);
        // The verdict about KVM came from the damaged image.
        used.accelerators.forget(used.acceleratorKey);
    }
    if (used.templates == nullptr) {
        refuseReadyGuest(used.guestImage, image);
        return damages;
    }
    for (const auto accelerator : {vm::Accelerator::Tcg, vm::Accelerator::Kvm}) {
        auto plain = used.plain;
        plain.accelerator = accelerator;
        const auto key = used.templates->keyOf(plain, used.templateImage);
        const auto frozen = used.templates->removeDamaged(key);
        if (!frozen.empty()) damages.push_back("the template: " + frozen);
        if (!image.empty()) used.templates->remove(key);
    }
    refuseReadyGuest(used.guestImage, image);
    return damages;
}

} // namespace rootlayer::run
