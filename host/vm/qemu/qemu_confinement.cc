#include "vm/qemu/qemu_confinement.hh"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <sys/stat.h>

#include "base/file.hh"
#include "sandbox/tool_confinement.hh"
#include "vm/architecture.hh"

namespace rootlayer::vm {

namespace {

constexpr const char* kKvm = "/dev/kvm";
// TCG's code buffer (up to 1 GiB), stacks of threads, libraries, and room.
constexpr std::uint64_t kQemuMemory = std::uint64_t{8} << 30;
constexpr std::uint64_t kQemuFiles = std::uint64_t{64} << 20; // of its own: console and log
constexpr rlim_t kMaxDescriptors = 4096;

std::uint64_t sizeOf(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

std::shared_ptr<const sandbox::Landlock> filesOf(const MachineSpec& spec, const std::string& memoryFile,
                                                 bool writesMemory) {
    auto files = std::make_shared<sandbox::Landlock>();
    sandbox::allowSystem(*files, qemuPath(spec.qemu));
    files->allow(spec.kernel, sandbox::Access::Read);
    files->allow(spec.initramfs, sandbox::Access::Read);
    if (!memoryFile.empty())
        files->allow(memoryFile, writesMemory ? sandbox::Access::Write : sandbox::Access::Read);
    if (spec.accelerator == Accelerator::Kvm) files->allow(kKvm, sandbox::Access::Write);
    return files;
}

/// Whether another user could start the program: not if it is in somebody's home.
bool everybodyCanStart(const std::string& program) {
    std::error_code failed;
    auto path = std::filesystem::canonical(program, failed);
    const auto may = [](const std::filesystem::path& file, mode_t bits) {
        struct stat status {};
        return ::stat(file.c_str(), &status) == 0 && (status.st_mode & bits) == bits;
    };
    if (failed || !may(path, S_IROTH | S_IXOTH)) return false;
    for (path = path.parent_path(); path != path.root_path(); path = path.parent_path()) {
        if (!may(path, S_IXOTH)) return false;
    }
    return true;
}

/// A user of its own that can run QEMU, and use KVM if the machine does. There is none if that takes more
/// than the group of /dev/kvm.
std::optional<sandbox::UnprivilegedUser> userFor(const MachineSpec& spec) {
    auto user = sandbox::unprivilegedUser();
    if (user && !everybodyCanStart(qemuPath(spec.qemu))) return std::nullopt;
    struct stat kvm {};
    if (!user || spec.accelerator != Accelerator::Kvm || ::stat(kKvm, &kvm) != 0) return user;
    if ((kvm.st_mode & S_IWOTH) != 0) return user;
    if (kvm.st_gid == 0 || (kvm.st_mode & S_IWGRP) == 0) return std::nullopt;
    user->further = kvm.st_gid;
    return user;
}

} // namespace

QemuConfinement qemuConfinement(const MachineSpec& spec, const std::string& memoryFile, StartMode beginning) {
    QemuConfinement result;
    auto& confinement = result.confinement;
    const bool boots = beginning == StartMode::Boot || beginning == StartMode::Cold;
    if (!boots) confinement.systemCalls = sandbox::workingFilter(sandbox::OpenForWriting::Ask);
    result.asksForMemory = !confinement.systemCalls.empty();
    if (!result.asksForMemory) confinement.systemCalls = sandbox::workingFilter();
    // Another user could not open the memory file for writing.
    if (boots || result.asksForMemory) confinement.user = userFor(spec);
    confinement.files = filesOf(spec, memoryFile, !result.asksForMemory);
    confinement.ownNamespaces = true;
    confinement.limits = {
        {RLIMIT_CORE, 0},
        {RLIMIT_NOFILE, kMaxDescriptors},
        {RLIMIT_AS, spec.memory + kQemuMemory},
        {RLIMIT_FSIZE, std::max(spec.memory, sizeOf(spec.scratch)) + kQemuFiles},
    };
    result.isolation = {.ownUser = confinement.user.has_value(),
                        .noCapabilities = true,
                        .landlock = sandbox::Landlock::level(),
                        .systemCalls = true,
                        .readOnlyMemory = boots || result.asksForMemory};
    return result;
}

} // namespace rootlayer::vm
