#include "images/guest_image.hh"

#include <cstdint>
#include <elf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "base/cache_directory.hh"
#include "base/directory_cache.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/process.hh"
#include "base/system_error.hh"
#include "images/initramfs.hh"
#include "images/kernel_cache.hh"
#include "images/module_order.hh"
#include "images/ready_guest.hh"
#include "images/tuned_kernel.hh"
#include "images/vmlinux.hh"

namespace rootlayer::images {

namespace {

// Increase the number whenever the same inputs give a different image.
constexpr std::string_view kBuilder = "guest-image 3";
constexpr std::uint64_t kMaxKernel = std::uint64_t{256} << 20;
constexpr std::uint64_t kMaxBusybox = std::uint64_t{16} << 20;
constexpr const char* kBusyboxHint = "install busybox-static";

/// Identifies a user's file by its metadata without reading it, like make.
std::string identityOf(const std::string& path, std::string_view what, const std::string& hint) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw Error(ErrorCode::Input,
                    systemError(fmt::format("cannot find the {} {}", what, quote(path))).message(), hint);
    }
    return fmt::format("{} {} {} {}.{}", path, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

std::string locateBusybox(const GuestImageSpec& spec) {
    if (!spec.busybox.empty()) return spec.busybox;
    if (auto found = findProgram("busybox")) return *found;
    throw Error(ErrorCode::Machine, "there is no busybox for the guest", kBusyboxHint);
}

void requireStatic(std::string_view elf, const std::string& path) {
    Elf64_Ehdr header{};
    const auto refuse = [&](std::string_view reason) {
        throw Error(ErrorCode::Machine,
                    fmt::format("{} cannot be used in the guest: {}", quote(path), reason), kBusyboxHint);
    };
    if (elf.size() < sizeof header || !elf.starts_with(ELFMAG)) return refuse("it is not a program");
    elf.copy(reinterpret_cast<char*>(&header), sizeof header);
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        const auto offset = header.e_phoff + i * sizeof segment;
        if (offset > elf.size() || elf.size() - offset < sizeof segment) return refuse("it is damaged");
        elf.copy(reinterpret_cast<char*>(&segment), sizeof segment, offset);
        if (segment.p_type == PT_INTERP) return refuse("it is not static");
    }
}

/// The inputs, resolved.
struct Inputs {
    KernelFiles kernel;
    std::string busybox;
    std::string key;                                             ///< a digest of all inputs
    bool (*intact)(const std::string& cacheDirectory) = nullptr; ///< checks a cached kernel
};

Inputs resolve(const GuestImageSpec& spec, bool refresh, Observer* observer, const CancelToken* cancel) {
    Inputs inputs;
    inputs.busybox = locateBusybox(spec);
    std::string kernel;
    if (spec.kernel.empty() || spec.kernel == kTunedKernel) {
        const bool debians = spec.kernel.empty();
        inputs.intact = debians ? cachedKernelIntact : cachedTunedKernelIntact;
        auto cached =
            debians ? cachedKernel(spec.cacheDirectory, refresh, observer, cancel)
                    : cachedTunedKernel(spec.cacheDirectory, spec.buildKernel, refresh, observer, cancel);
        inputs.kernel = std::move(cached.files);
        kernel = std::move(cached.identity);
    } else {
        inputs.kernel = {{}, spec.kernel, spec.modules};
        kernel = identityOf(spec.kernel, "kernel", "check the path");
        if (!spec.modules.empty()) {
            kernel += "\n" + identityOf(spec.modules + "/modules.dep", "kernel's module index",
                                        "give a lib/modules/RELEASE directory on which depmod has run");
        }
    }
    const auto agent = spec.agentDigest.empty() ? sha256(spec.agent) : spec.agentDigest;
    inputs.key = sha256(fmt::format("{}\n{}\n{}\n{}\n", kBuilder, kernel, agent.str(),
                                    identityOf(inputs.busybox, "busybox", kBusyboxHint)))
                     .hex();
    return inputs;
}

std::string releaseOf(const KernelFiles& kernel, std::string_view image) {
    if (!kernel.release.empty()) return kernel.release;
    if (auto release = kernelRelease(image)) return *release;
    return kernel.modules.empty() ? "unknown" : kernel.modules.substr(kernel.modules.rfind('/') + 1);
}

Seal build(const Inputs& inputs, std::string_view agent, const std::string& directory) {
    Seal seal;
    const auto image = readFile(inputs.kernel.image, "kernel", kMaxKernel);
    seal.facts["release"] = releaseOf(inputs.kernel, image);
    const auto vmlinux = extractVmlinux(image);
    writeFile(directory + "/" + kGuestKernel, vmlinux ? *vmlinux : image);

    const auto busybox = readFile(inputs.busybox, "busybox", kMaxBusybox);
    requireStatic(busybox, inputs.busybox);
    InitramfsParts parts{agent, busybox, inputs.kernel.modules, {}};
    if (!parts.modulesDirectory.empty())
        parts.modules = moduleOrder(parts.modulesDirectory, wantedModules(), usefulModules());
    StringSink initramfs;
    writeInitramfs(parts, initramfs);
    writeFile(directory + "/" + kGuestInitramfs, initramfs.bytes());

    seal.add(directory, kGuestKernel);
    seal.add(directory, kGuestInitramfs);
    return seal;
}

GuestImage describe(const std::string& directory, const Seal& seal) {
    return {directory + "/" + kGuestKernel, directory + "/" + kGuestInitramfs, seal.fact("release"),
            seal.file(kGuestKernel).digest, seal.file(kGuestInitramfs).digest, seal.hold};
}

/// The location of an image in the cache.
struct Place {
    explicit Place(const GuestImage& image)
        : directory(image.kernel.substr(0, image.kernel.rfind('/'))),
          cache(directory.substr(0, directory.rfind('/'))), name(directory.substr(directory.rfind('/') + 1)) {
    }

    std::string directory;
    DirectoryCache cache;
    std::string name;
};

void warn(Observer* observer, const std::string& text) {
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Warning, .text = text});
}

} // namespace

GuestImage ensureGuestImage(const GuestImageSpec& spec, Observer* observer, const CancelToken* cancel) {
    if (auto ready = readyGuest(spec, observer)) return *std::move(ready);
    const DirectoryCache cache(CacheDirectory(spec.cacheDirectory).guestImages());
    auto inputs = resolve(spec, spec.refreshKernel, observer, cancel);
    if (!cache.find(inputs.key) && inputs.intact != nullptr && !inputs.intact(spec.cacheDirectory)) {
        warn(observer, "the kernel is damaged in the cache and is made again");
        inputs = resolve(spec, true, observer, cancel);
    }
    const auto fill = [&](const std::string& directory) { return build(inputs, spec.agent, directory); };
    const auto seal = cache.ensure(inputs.key, fill, cancel);
    if (!seal.damage.empty())
        warn(observer, "the guest image was damaged in the cache and was made again: " + seal.damage);
    return describe(cache.path(inputs.key), seal);
}

std::string removeDamagedGuestImage(const GuestImage& image) {
    if (image.ready) return readyGuestDamage(image);
    const Place place(image);
    auto damage = place.cache.damage(place.name);
    if (!damage.empty()) place.cache.remove(place.name);
    return damage;
}

} // namespace rootlayer::images
