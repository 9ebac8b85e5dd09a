#include "guest-agent/scrub.hh"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "guest-agent/directory.hh"
#include "layer/debian_traces.hh"

namespace rootlayer::guest {

namespace {

/// Nothing when there is no such file or folder, or a symlink on the way: the script may have put one there.
UniqueFd openBelow(int top, std::string_view path, int flags) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return UniqueFd(
        static_cast<int>(::syscall(SYS_openat2, top, std::string(path).c_str(), &how, sizeof how)));
}

bool isRegular(int folder, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

void remove(int folder, const std::string& name) {
    if (::unlinkat(folder, name.c_str(), 0) != 0)
        throw systemError(fmt::format("cannot leave {} out of the layer", quote(name)));
}

/// A folder has the time that the script gave it, whatever is taken out of it afterwards.
class KeptTimes final {
  public:
    explicit KeptTimes(int folder) : m_folder(folder) { ::fstat(folder, &m_status); }
    KeptTimes(const KeptTimes&) = delete;
    KeptTimes& operator=(const KeptTimes&) = delete;
    ~KeptTimes() {
        const timespec times[] = {m_status.st_atim, m_status.st_mtim};
        ::futimens(m_folder, times);
    }

  private:
    int m_folder;
    struct stat m_status {};
};

void removeTraces(int upper, const layer::DebianTrace& trace) {
    const auto folder = openBelow(upper, trace.folder, O_RDONLY | O_DIRECTORY);
    if (!folder) return;
    const KeptTimes times(folder.get());
    const std::string pattern(trace.name);
    const auto names = listDirectory(folder.get(), std::string(trace.folder));
    for (std::size_t at = 0; at < names.size(); ++at) {
        const std::string name(names.name(at));
        if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 && isRegular(folder.get(), name))
            remove(folder.get(), name);
    }
}

void emptyMachineId(int upper, int lower) {
    const std::string path(layer::kMachineId);
    const auto folder = openBelow(upper, "etc", O_RDONLY | O_DIRECTORY);
    const std::string name = path.substr(path.rfind('/') + 1);
    if (!folder || !isRegular(folder.get(), name)) return;
    const KeptTimes times(folder.get());
    const auto base = openBelow(lower, "etc", O_RDONLY | O_DIRECTORY);
    if (base && isRegular(base.get(), name)) return remove(folder.get(), name);
    if (!openBelow(folder.get(), name, O_WRONLY | O_TRUNC))
        throw systemError(fmt::format("cannot empty {}", quote(path)));
}

} // namespace

void scrubUpper(int upper, int lower, const std::string& what) {
    if (what != "debian")
        throw Error(ErrorCode::Usage, fmt::format("there is no way to scrub {}", quote(what)));
    for (const auto& trace : layer::debianTraces())
        removeTraces(upper, trace);
    emptyMachineId(upper, lower);
}

} // namespace rootlayer::guest
