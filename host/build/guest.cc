#include "build/guest.hh"

#include <rootlayer/guest.hh>

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/unique_fd.hh"
#include "build/observed_call.hh"
#include "images/agent_blob.hh"

namespace rootlayer {

namespace {

/// A file that QEMU could not boot is refused before a machine is made for it: a bzImage (kernel
/// x86/boot.rst), or an ELF file as a vmlinux is one.
void requireKernel(const std::string& path) {
    constexpr std::size_t magicAt = 0x202;
    constexpr std::string_view magic = "HdrS";
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return; // whoever reads all of it says why
    std::array<char, magicAt + magic.size()> head{};
    const auto got = ::pread(fd.get(), head.data(), head.size(), 0);
    const std::string_view bytes(head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (bytes.starts_with("\x7f"
                          "ELF") ||
        (bytes.size() == head.size() && bytes.ends_with(magic)))
        return;
    throw Error(ErrorCode::Input, fmt::format("the kernel {} is no bzImage", quote(path)),
                "--kernel /boot/vmlinuz-RELEASE, or leave it out");
}

} // namespace

images::GuestImageSpec build::guestImageSpec(const Settings& settings) {
    if (!settings.kernel.empty() && settings.kernel != "tuned") requireKernel(settings.kernel);
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
    const auto prepare = [&]() -> GuestInfo {
        const auto image = images::ensureGuestImage(spec, &observer, &cancel);
        return {image.kernel, image.initramfs, image.kernelRelease, image.kernelDigest.str(),
                image.initramfsDigest.str()};
    };
    return build::observedCall(observer, prepare, [](const GuestInfo&) { return Outcome(); });
}

} // namespace rootlayer
