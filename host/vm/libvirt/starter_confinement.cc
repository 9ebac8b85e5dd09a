#include "vm/libvirt/starter_confinement.hh"

#include <algorithm>
#include <filesystem>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_error.hh"
#include "sandbox/confinement.hh"
#include "sandbox/tool_confinement.hh"
#include "vm/architecture.hh"

namespace rootlayer::vm {

namespace {

/// Whether root can open the path without any capability: it owns the file and all directories on the way, or
/// all others may.
bool isRootsOwn(std::filesystem::path path) {
    for (bool last = true;; last = false) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) return false;
        const mode_t wanted = last ? S_IRUSR : S_IXUSR;
        const mode_t granted = status.st_uid == 0 ? status.st_mode : status.st_mode << 6U;
        if ((granted & wanted) == 0) return false;
        if (path == path.root_path()) return true;
        path = path.parent_path();
    }
}

std::vector<std::string> filesOf(const MachineSpec& spec) {
    std::vector<std::string> files{spec.kernel, spec.initramfs};
    for (const auto& layer : spec.layers)
        files.push_back(layer.path);
    return files;
}

} // namespace

StarterConfinement::StarterConfinement(const MachineSpec& spec, const std::string& root) {
    auto files = std::make_shared<sandbox::Landlock>(sandbox::Landlock::Scope::Thread);
    sandbox::allowSystem(*files, qemuPath(spec.qemu));
    // libvirt looks at processes, processors and devices.
    for (const char* path :
         {"/proc", "/sys", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/libvirt"})
        files->allow(path, sandbox::Access::Read);
    files->allow("/dev/kvm", sandbox::Access::Write);
    files->allow(root, sandbox::Access::Change);
    files->allow(spec.directory, sandbox::Access::Change);
    for (const auto& path : filesOf(spec))
        files->allow(path, sandbox::Access::Read);
    files->allow(spec.scratch, sandbox::Access::Write);
    m_files = std::move(files);
    m_systemCalls = sandbox::startingFilter();
    const auto paths = filesOf(spec);
    const bool own = std::all_of(paths.begin(), paths.end(), isRootsOwn);
    // QEMU then needs the capability to read the files in another user's directory.
    if (::geteuid() == 0 && !own) m_keptCapability = CAP_DAC_READ_SEARCH;
    m_isolation = {.noCapabilities = m_keptCapability == -1, .landlock = sandbox::Landlock::level()};
}

void StarterConfinement::enter() const {
    sandbox::limitCapabilities(m_keptCapability);
    const int error = sandbox::restrictThread(*m_files, m_systemCalls);
    if (error != 0) throw systemError(error, "cannot confine QEMU");
}

} // namespace rootlayer::vm
