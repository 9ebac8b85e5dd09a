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

/// "6.1.0-56-cloud-amd64" of "linux-image-6.1.0-56-cloud-amd64=6.1.192-2".
std::string releaseOf(const DebianPackage& wanted, const std::string& package) {
    return package.substr(wanted.prefix.size(), package.find('=') - wanted.prefix.size());
}

/// Later Debian releases, and Ubuntu, have the kernel's files in several packages of one release: the modules
/// and, since Debian 14, the image too are in packages that the image's package depends on.
void fetchParts(const DebianPackage& wanted, const std::string& release, const std::string& directory,
                const CancelToken* cancel) {
    for (const auto& package : dependenciesOf(wanted, directory, cancel)) {
        const auto name = package.substr(0, package.find('='));
        if (!name.starts_with("linux-") || !name.ends_with("-" + release)) continue;
        DebianPackage part = wanted;
        part.prefix = name + "_";
        fetchPackage(part, package, directory, cancel);
    }
}

/// The kernel's image; Debian 14 has it beside the modules.
std::string imageIn(const DebianPackage& wanted, const std::string& unpacked, const std::string& release) {
    for (const auto& path : {"/boot/vmlinuz-" + release, "/lib/modules/" + release + "/vmlinuz"}) {
        if (std::filesystem::exists(unpacked + path)) return unpacked + path;
    }
    throw Error(ErrorCode::Machine, fmt::format("the package of the kernel {} has no vmlinuz", release),
                fmt::format("try again, {}", wanted.alternative));
}

} // namespace

KernelFiles fetchKernelPackage(const std::string& directory, Observer* observer, const CancelToken* cancel) {
    const DebianPackage wanted{metaPackage(), "linux-image-", "kernel", std::string(kOwnKernel)};
    const auto package = newestPackage(wanted, cancel);
    const auto release = releaseOf(wanted, package);
    const auto note = fmt::format("fetching Debian's kernel {} (once)", package);
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Note, .text = note});
    const auto unpacked = fetchPackage(wanted, package, directory, cancel);
    fetchParts(wanted, release, directory, cancel);
    // Since Debian 13 the modules are in /usr/lib, and /lib is a symlink from another package.
    if (!std::filesystem::exists(unpacked + "/lib"))
        std::filesystem::create_directory_symlink("usr/lib", unpacked + "/lib");
    const auto image = imageIn(wanted, unpacked, release);
    // Debian's packages do not contain modules.dep; installation hooks create it.
    requireCommand(Command{{"depmod", "-b", unpacked, release}}, Deadline::after(kShort),
                   "reading the kernel's modules", cancel);
    return {release, image, unpacked + "/lib/modules/" + release};
}

} // namespace rootlayer::images
