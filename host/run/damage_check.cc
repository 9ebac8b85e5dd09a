#include "run/damage_check.hh"

#include <csignal>

#include "base/cache_directory.hh"

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

std::vector<std::string> removeDamaged(const UsedCache& used) {
    const store::LayerStore layers(CacheDirectory(used.cacheDirectory).layers());
    auto damages = layers.removeDamaged(used.disks);
    const auto image = images::removeDamagedGuestImage(used.guestImage);
    if (!image.empty()) {
        damages.push_back("the guest image: " + image);
        // The verdict about KVM came from the damaged image.
        used.accelerators.forget(used.acceleratorKey);
    }
    if (used.templates == nullptr) return damages;
    auto plain = used.plain;
    plain.accelerator = vm::Accelerator::Tcg; // templates exist only for TCG
    const auto key = used.templates->keyOf(plain, used.templateImage);
    const auto frozen = used.templates->removeDamaged(key);
    if (!frozen.empty()) damages.push_back("the template: " + frozen);
    if (!image.empty()) used.templates->remove(key);
    return damages;
}

} // namespace rootlayer::run
