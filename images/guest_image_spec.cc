#include "images/guest_image_spec.hh"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/installation.hh"
#include "base/unique_fd.hh"
#include "images/agent_blob.hh"

namespace rootlayer::images {

namespace {

/// Refuses a file that QEMU cannot boot before a machine is made: it must be a bzImage (kernel x86/boot.rst)
/// or an ELF file, as a vmlinux is.
void requireKernel(const std::string& path) {
    constexpr std::size_t magicAt = 0x202;
    constexpr std::string_view magic = "HdrS";
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return; // reading the file will report the error
    std::array<char, magicAt + magic.size()> head{};
    const auto got = ::pread(fd.get(), head.data(), head.size(), 0);
    const std::string_view bytes(head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (bytes.starts_with("\x7f"
                          "ELF") ||
        (bytes.size() == head.size() && bytes.ends_with(magic)))
        return;
    throw Error(ErrorCode::Input, fmt::format("the kernel {} is not a bzImage", quote(path)),
                "--kernel /boot/vmlinuz-RELEASE, or leave it out");
}

std::string installedGuests() {
    const auto parts = installedDirectory();
    return parts.empty() ? "" : parts + "/guest";
}

} // namespace

GuestImageSpec guestImageSpec(const Settings& settings) {
    if (!settings.kernel.empty() && settings.kernel != "tuned") requireKernel(settings.kernel);
    const bool none = settings.guest == "none";
    return {.cacheDirectory = settings.cacheDirectory,
            .agent = agentBinary(),
            .agentDigest = agentDigest(),
            .kernel = settings.kernel,
            .modules = settings.modules,
            .busybox = settings.busybox,
            .ready = none                     ? ""
                     : settings.guest.empty() ? installedGuests()
                                              : settings.guest,
            .readyRequired = !none && !settings.guest.empty()};
}

} // namespace rootlayer::images
