#include "images/kernel_package.hh"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <rootlayer/error.hh>

#include "base/process.hh"
#include "images/debian_package.hh"

namespace rootlayer::images {

namespace {

constexpr std::chrono::seconds kShort{60};
constexpr std::string_view kOwnKernel = "or give a kernel and its modules with --kernel and --modules";

std::string metaPackage() {
    utsname host{};
    ::uname(&host);
    const std::string_view machine = host.machine;
    if (machine == "x86_64") return "linux-image-cloud-amd64";
    if (machine == "aarch64") return "linux-image-cloud-arm64";
    throw Error(ErrorCode::Machine, fmt::format("there is no Debian cloud kernel for {}", machine),
                "give a kernel and its modules with --kernel and --modules");
}

} // namespace

KernelFiles fetchKernelPackage(const std::string& directory, Observer* observer, const CancelToken* cancel) {
    const DebianPackage wanted{metaPackage(), "linux-image-", "kernel", std::string(kOwnKernel)};
    const auto package = newestPackage(wanted, cancel);
    const auto note = fmt::format("fetching Debian's kernel {} (once)", package);
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Note, .text = note});
    const auto unpacked = fetchPackage(wanted, package, directory, cancel);
    // Since Debian 13 the modules are in /usr/lib, and /lib is a symlink from another package.
    if (!std::filesystem::exists(unpacked + "/lib"))
        std::filesystem::create_directory_symlink("usr/lib", unpacked + "/lib");
    const auto image = onlyFile(wanted, unpacked + "/boot", "vmlinuz-", "");
    const auto release = image.substr(image.rfind("/vmlinuz-") + 9);
    // Debian's packages do not contain modules.dep; installation hooks create it.
    requireCommand(Command{{"depmod", "-b", unpacked, release}}, Deadline::after(kShort),
                   "reading the kernel's modules", cancel);
    return {release, image, unpacked + "/lib/modules/" + release};
}

} // namespace rootlayer::images
