#include "disk/appliance_cache.hh"

#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/escape.hh"
#include "base/process.hh"
#include "images/guest_image.hh"
#include "images/guest_image_spec.hh"
#include "images/kernel_cache.hh"
#include "vm/accelerator.hh"

namespace rootlayer::disk {

namespace {

constexpr auto kShort = std::chrono::seconds(30);

bool kvmWorks(const Settings& settings, Observer* observer, const CancelToken& cancel) {
    if (!vm::probeKvmDevice().usable) return false;
    const auto guest = images::ensureGuestImage(images::guestImageSpec(settings), observer, &cancel);
    const vm::AcceleratorCache memory(CachePart(settings.cacheDirectory, &CacheDirectory::accelerators));
    const auto verdict = memory.recall(vm::acceleratorKey(guest.kernelDigest, settings.qemu));
    return verdict && verdict->accelerator == vm::Accelerator::Kvm;
}

struct Kernel {
    disk::ApplianceKernel files;
    std::string identity;
    CacheHold hold;
};

Kernel kernelFor(const Settings& settings, Observer* observer, const CancelToken& cancel) {
    if (!settings.kernel.empty() && !settings.modules.empty())
        return {{settings.kernel, settings.modules}, settings.kernel, {}};
    if (disk::hostHasKernel()) return {{}, "the host's", {}};
    auto whole = images::cachedWholeKernel(settings.cacheDirectory, observer, &cancel);
    return {{whole.files.image, whole.files.modules}, whole.files.release, std::move(whole.hold)};
}

/// When the host's packages last changed, by the same files as supermin(1). Empty for other package managers.
std::string packagesChanged() {
    std::string all;
    for (const char* database : {"/var/lib/dpkg/status", "/var/lib/rpm", "/var/lib/pacman/local"}) {
        struct stat status {};
        if (::stat(database, &status) == 0) all += fmt::format("{} ", status.st_mtim.tv_sec);
    }
    return all;
}

std::string versionOf() {
    if (!findProgram("guestfish")) {
        throw Error(ErrorCode::System, "disk: needs libguestfs, but guestfish is not installed",
                    "apt-get install libguestfs-tools");
    }
    return requireCommand({.argv = {"guestfish", "--version"}}, Deadline::after(kShort), "guestfish");
}

} // namespace

CachedAppliance cachedAppliance(const Settings& settings, Observer* observer, const CancelToken& cancel) {
    const auto version = versionOf();
    const auto kernel = kernelFor(settings, observer, cancel);
    const bool kvm = kvmWorks(settings, observer, cancel);
    const DirectoryCache cache(CacheDirectory(settings.cacheDirectory).appliances());
    const auto key = sha256(version + kernel.identity + packagesChanged()).hex();
    const auto fill = [&](const std::string& directory) {
        constexpr const char* note = "building the libguestfs appliance (once)";
        if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Note, .text = note});
        Seal seal;
        for (const auto& name : disk::makeAppliance(directory, kernel.files, kvm, cancel))
            seal.addSparse(directory, name);
        return seal;
    };
    auto seal = cache.ensure(key, fill, &cancel);
    // The others are for an earlier state of the host and are never used again.
    for (const auto& name : cache.names()) {
        if (name != key) cache.removeUnused(name);
    }
    return {{cache.path(key), kvm}, std::move(seal.hold)};
}

} // namespace rootlayer::disk
