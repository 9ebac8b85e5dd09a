#include "disk/appliance.hh"

#include <filesystem>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/file.hh"

namespace rootlayer::disk {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> accelerationOf(bool kvm) {
    if (kvm) return {};
    return {"LIBGUESTFS_BACKEND_SETTINGS=force_tcg"};
}

} // namespace

std::vector<std::string> Appliance::environment() const {
    auto all = accelerationOf(kvm);
    all.push_back("LIBGUESTFS_PATH=" + directory);
    return all;
}

bool hostHasKernel() {
    constexpr std::string_view prefix = "vmlinuz-";
    std::error_code none;
    for (const auto& entry : fs::directory_iterator("/boot", none)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with(prefix) || ::access(entry.path().c_str(), R_OK) != 0) continue;
        if (fs::exists("/lib/modules/" + name.substr(prefix.size()) + "/modules.dep", none)) return true;
    }
    return false;
}

std::vector<std::string> makeAppliance(const std::string& directory, const ApplianceKernel& kernel, bool kvm,
                                       const CancelToken& cancel) {
    auto environment = accelerationOf(kvm);
    if (!kernel.image.empty()) {
        environment.push_back("SUPERMIN_KERNEL=" + kernel.image);
        environment.push_back("SUPERMIN_MODULES=" + kernel.modules);
    }
    Guestfish guestfish("no disk", {environment, directory, cancel});
    guestfish.ask("add-drive /dev/null");
    guestfish.ask("run");
    // guestfs(3): CACHEDIR/.guestfs-UID/appliance.d.
    const auto made = guestfish.file(fmt::format(".guestfs-{}/appliance.d", ::geteuid()));
    std::vector<std::string> names{"kernel", "initrd", "root"};
    for (const auto& name : names) {
        std::error_code failed;
        fs::rename(fs::path(made) / name, fs::path(directory) / name, failed);
        if (failed) {
            throw Error(
                ErrorCode::System,
                fmt::format("libguestfs has built no {} in {}: {}", name, quote(made), failed.message()),
                "run libguestfs-test-tool to see whether it works here");
        }
    }
    // libguestfs recognizes a fixed appliance by this file.
    names.emplace_back("README.fixed");
    writeFile(directory + "/" + names.back(), "libguestfs appliance, built by rootlayer\n");
    guestfish.finish();
    return names;
}

} // namespace rootlayer::disk
