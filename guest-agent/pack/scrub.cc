#include "guest-agent/pack/scrub.hh"

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
#include "guest-agent/base/directory.hh"
#include "layer/debian_traces.hh"

namespace rootlayer::guest {

namespace {

/// Empty if it does not exist, or if a symlink is on the way: the script may have put one there.
UniqueFd openBelow(int top, std::string_view path, int flags) {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    return UniqueFd(
        static_cast<int>(::syscall(SYS_openat2, top, std::string(path).c_str(), &how, sizeof how)));
}

bool isRegular(int directory, const std::string& name) {
    struct stat status {};
    return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

void remove(int directory, const std::string& name) {
    if (::unlinkat(directory, name.c_str(), 0) != 0)
        throw systemError(fmt::format("cannot leave {} out of the layer", quote(name)));
}

/// Restores the times of a directory after files were removed from it.
class KeptTimes final {
  public:
    explicit KeptTimes(int directory) : m_directory(directory) { ::fstat(directory, &m_status); }
    KeptTimes(const KeptTimes&) = delete;
    KeptTimes& operator=(const KeptTimes&) = delete;
    ~KeptTimes() {
        const timespec times[] = {m_status.st_atim, m_status.st_mtim};
        ::futimens(m_directory, times);
    }

  private:
    int m_directory;
    struct stat m_status {};
};

void removeTraces(int upper, const layer::DebianTrace& trace) {
    const auto directory = openBelow(upper, trace.directory, O_RDONLY | O_DIRECTORY);
    if (!directory) return;
    const KeptTimes times(directory.get());
    const std::string pattern(trace.name);
    const auto names = listDirectory(directory.get(), std::string(trace.directory));
    for (std::size_t at = 0; at < names.size(); ++at) {
        const std::string name(names.name(at));
        if (::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 && isRegular(directory.get(), name))
            remove(directory.get(), name);
    }
}

void emptyMachineId(int upper, int lower) {
    const std::string path(layer::kMachineId);
    const auto directory = openBelow(upper, "etc", O_RDONLY | O_DIRECTORY);
    const std::string name = path.substr(path.rfind('/') + 1);
    if (!directory || !isRegular(directory.get(), name)) return;
    const KeptTimes times(directory.get());
    const auto base = openBelow(lower, "etc", O_RDONLY | O_DIRECTORY);
    if (base && isRegular(base.get(), name)) return remove(directory.get(), name);
    if (!openBelow(directory.get(), name, O_WRONLY | O_TRUNC))
        throw systemError(fmt::format("cannot empty {}", quote(path)));
}

} // namespace

void scrubUpper(int upper, int lower, const std::string& what) {
    if (what != "debian") throw Error(ErrorCode::Usage, fmt::format("cannot scrub {}", quote(what)));
    for (const auto& trace : layer::debianTraces())
        removeTraces(upper, trace);
    emptyMachineId(upper, lower);
}

} // namespace rootlayer::guest
