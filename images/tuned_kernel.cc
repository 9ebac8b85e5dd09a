#include "images/tuned_kernel.hh"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fmt/format.h>
#include <thread>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "images/debian_package.hh"

// Defined in tuned_kernel_config.S.
extern "C" const char rootlayerKernelConfigStart;
extern "C" const char rootlayerKernelConfigEnd;

namespace rootlayer::images {

namespace {

constexpr std::chrono::minutes kUnpacking{15};
constexpr std::chrono::hours kBuilding{3};
constexpr std::uint64_t kMaxRelease = 4096;
constexpr const char* kInstall =
    "install them: apt-get install build-essential flex bison bc libelf-dev xz-utils kmod";

void requireTools() {
    for (const auto* tool : {"make", "gcc", "ld", "flex", "bison", "bc", "xz", "tar", "depmod"}) {
        if (findProgram(tool)) continue;
        throw Error(ErrorCode::Machine, fmt::format("building a kernel needs {}", tool), kInstall);
    }
    if (::access("/usr/include/gelf.h", R_OK) == 0) return;
    throw Error(ErrorCode::Machine, "building a kernel needs the headers of libelf", kInstall);
}

/// Runs the kernel's make so that the same sources and options give the same bytes.
class KernelTree final {
  public:
    KernelTree(std::string directory, const CancelToken* cancel)
        : m_directory(std::move(directory)), m_cancel(cancel) {}

    std::string make(std::vector<std::string> arguments) const {
        Command command{{"env", "LC_ALL=C", "KBUILD_BUILD_USER=rootlayer", "KBUILD_BUILD_HOST=rootlayer",
                         "KBUILD_BUILD_TIMESTAMP=1970-01-01", "make", "-s"}};
        command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
        command.workdir = m_directory;
        return requireCommand(std::move(command), Deadline::after(kBuilding), "building the kernel",
                              m_cancel);
    }
    std::string file(const std::string& name) const { return m_directory + "/" + name; }

  private:
    std::string m_directory;
    const CancelToken* m_cancel;
};

KernelTree unpackSources(const std::string& directory, Observer* observer, const CancelToken* cancel) {
    const DebianPackage wanted{"linux-source", "linux-source-", "kernel's source",
                               "or use Debian's own kernel (the default)"};
    const auto package = newestPackage(wanted, cancel);
    const auto note = fmt::format("building the guest's own kernel from {} (once; some minutes)", package);
    if (observer != nullptr) observer->onEvent({.kind = Event::Kind::Note, .text = note});
    const auto unpacked = fetchPackage(wanted, package, directory, cancel);
    const auto archive = onlyFile(wanted, unpacked + "/usr/src", wanted.prefix, ".tar.xz");
    const auto sources = directory + "/sources";
    std::filesystem::create_directory(sources);
    requireCommand(Command{{"tar", "-xf", archive, "-C", sources, "--strip-components=1"}},
                   Deadline::after(kUnpacking), "unpacking the kernel's source", cancel);
    return {sources, cancel};
}

} // namespace

std::string_view tunedKernelConfig() {
    return {&rootlayerKernelConfigStart,
            static_cast<std::size_t>(&rootlayerKernelConfigEnd - &rootlayerKernelConfigStart)};
}

KernelFiles buildTunedKernel(const std::string& directory, Observer* observer, const CancelToken* cancel) {
    requireTools();
    const auto tree = unpackSources(directory, observer, cancel);
    writeFile(tree.file("rootlayer.config"), tunedKernelConfig());
    tree.make({"KCONFIG_ALLCONFIG=rootlayer.config", "allnoconfig"});
    tree.make({fmt::format("-j{}", std::max(1U, std::thread::hardware_concurrency())), "vmlinux", "modules"});
    const auto installed = directory + "/installed";
    tree.make({"INSTALL_MOD_PATH=" + installed, "modules_install"});
    auto release = readFile(tree.file("include/config/kernel.release"), "kernel's release", kMaxRelease);
    release.erase(release.find_last_not_of('\n') + 1);
    return {release, tree.file("vmlinux"), installed + "/lib/modules/" + release};
}

} // namespace rootlayer::images
