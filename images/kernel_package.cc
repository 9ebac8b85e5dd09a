#include "images/kernel_package.hh"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"

namespace rootlayer::images {

namespace {

using namespace std::chrono_literals;

constexpr auto kShort = 60s;
constexpr auto kDownload = 15min;
constexpr std::string_view kOwnKernel = "or give a kernel and its modules with --kernel and --modules";

// Debian policy 5.6.1.
constexpr std::string_view kPackageCharacters = "abcdefghijklmnopqrstuvwxyz0123456789+-.";

std::string metaPackage() {
    utsname host{};
    ::uname(&host);
    const std::string_view machine = host.machine;
    if (machine == "x86_64") return "linux-image-cloud-amd64";
    if (machine == "aarch64") return "linux-image-cloud-arm64";
    throw Error(ErrorCode::Machine, fmt::format("there is no Debian cloud kernel for {}", machine),
                "give a kernel and its modules with --kernel and --modules");
}

// A private folder shuts out apt's sandbox user, and the answers must be in English.
Command quietly(std::vector<std::string> argv) {
    argv.insert(argv.begin(), {"env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"});
    return Command{std::move(argv)};
}

std::string lastLine(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('\n') + 1);
    return escaped(text.substr(text.rfind('\n') + 1));
}

std::string resolvePackage(const CancelToken* cancel) {
    if (!findProgram("apt-get") || !findProgram("apt-cache") || !findProgram("dpkg-deb")) {
        throw Error(ErrorCode::Machine,
                    "there is no kernel for the machine, and no apt-get to fetch Debian's",
                    fmt::format("on Debian install apt, {}", kOwnKernel));
    }
    const auto meta = metaPackage();
    const auto shown = runCommand(quietly({"apt-cache", "show", "--no-all-versions", meta}),
                                  Deadline::after(kShort), cancel);
    auto package = kernelPackageIn(shown.out);
    if (package.empty()) {
        throw Error(ErrorCode::Machine, fmt::format("apt does not know the kernel package {}", meta),
                    fmt::format("run \"apt-get update\" as root, {}", kOwnKernel));
    }
    return package;
}

void download(const std::string& package, const std::string& folder, const CancelToken* cancel) {
    auto command = quietly({"apt-get", "-q", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30",
                            "download", package});
    command.workdir = folder;
    const auto result = runCommand(std::move(command), Deadline::after(kDownload), cancel);
    if (result.status.success()) return;
    throw Error(ErrorCode::Machine,
                fmt::format("cannot download the kernel {}: {}", package, lastLine(result.err)),
                fmt::format("check the network, run \"apt-get update\" as root, {}", kOwnKernel));
}

std::string onlyFile(const std::string& folder, std::string_view prefix, std::string_view suffix) {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(prefix) && name.ends_with(suffix)) found = entry.path().string();
    }
    if (!found.empty()) return found;
    throw Error(ErrorCode::Machine, fmt::format("the kernel package has no {}*{}", prefix, suffix),
                fmt::format("try again, {}", kOwnKernel));
}

} // namespace

std::string kernelPackageIn(const std::string& aptCacheOutput) {
    constexpr std::string_view field = "\nDepends: ";
    constexpr std::string_view prefix = "linux-image-";
    const auto text = "\n" + aptCacheOutput;
    const auto start = text.find(field);
    if (start == std::string::npos) return {};
    const auto line = text.substr(start + field.size(), text.find('\n', start + 1) - start - field.size());
    const auto at = line.find(prefix);
    if (at == std::string::npos) return {};
    // "NAME (= VERSION)"; nothing that apt-get could take for an option.
    const auto name = line.substr(at, line.find_first_not_of(kPackageCharacters, at) - at);
    const auto rest = std::string_view(line).substr(at + name.size());
    if (!rest.starts_with(" (= ")) return name;
    return name + "=" + std::string(rest.substr(4, rest.find(')') - 4));
}

KernelFiles fetchKernelPackage(const std::string& folder, Observer* observer, const CancelToken* cancel) {
    const auto package = resolvePackage(cancel);
    const auto note = fmt::format("fetching Debian's kernel {} (once)", package);
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Note, .text = note});
    download(package, folder, cancel);

    const auto unpacked = folder + "/unpacked";
    makeFolders(unpacked);
    requireCommand(Command{{"dpkg-deb", "-x", onlyFile(folder, "linux-image-", ".deb"), unpacked}},
                   Deadline::after(kDownload), "unpacking the kernel", cancel);
    // From Debian 13 on the modules are in /usr/lib, and /lib is a link that another package brings.
    if (!std::filesystem::exists(unpacked + "/lib"))
        std::filesystem::create_directory_symlink("usr/lib", unpacked + "/lib");
    const auto image = onlyFile(unpacked + "/boot", "vmlinuz-", "");
    const auto release = image.substr(image.rfind("/vmlinuz-") + 9);
    // Debian's packages leave modules.dep to the installation's hooks.
    requireCommand(Command{{"depmod", "-b", unpacked, release}}, Deadline::after(kShort),
                   "reading the kernel's modules", cancel);
    return {release, image, unpacked + "/lib/modules/" + release};
}

} // namespace rootlayer::images
