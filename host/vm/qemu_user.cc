#include "vm/qemu_user.hh"

#include <cstdint>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <string_view>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"

namespace rootlayer::vm {

namespace {

constexpr const char* kUser = "libvirt-qemu";
constexpr std::uint64_t kMaxUsers = std::uint64_t{64} << 20;

[[noreturn]] void refuse() {
    throw Error(
        ErrorCode::Machine, "libvirt needs the user libvirt-qemu, which this system does not have",
        "as root: adduser --system --group --no-create-home libvirt-qemu; or run rootlayer as another user");
}

/// Bind-mounts a copy of `file` with one more line over it.
void amend(const std::string& file, const std::string& copy, std::string_view line) {
    auto text = readFile(file, "list of users", kMaxUsers);
    if (!text.empty() && text.back() != '\n') text += '\n';
    writeFile(copy, fmt::format("{}{}\n", text, line));
    // Lookups may run as another user; the originals are world-readable too.
    ::chmod(copy.c_str(), 0644);
    if (::mount(copy.c_str(), file.c_str(), nullptr, MS_BIND, nullptr) != 0) refuse();
}

} // namespace

void provideQemuUser(const std::string& directory) {
    if (::geteuid() != 0) return;
    const bool userMissing = ::getpwnam(kUser) == nullptr;
    const bool groupMissing = ::getgrnam(kUser) == nullptr;
    if (!userMissing && !groupMissing) return;
    // A slave receives later mounts of the host but propagates nothing back.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_SLAVE | MS_REC, nullptr) != 0)
        refuse();
    const auto entry = [](std::string_view rest) { return fmt::format("{}:x:65534:{}", kUser, rest); };
    if (userMissing)
        amend("/etc/passwd", directory + "/passwd", entry("65534::/nonexistent:/usr/sbin/nologin"));
    if (groupMissing) amend("/etc/group", directory + "/group", entry(""));
}

} // namespace rootlayer::vm
