#include "base/private_dir.hh"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/unique_fd.hh"

namespace rootlayer {

bool makePrivateDir(const std::string& path, const std::string& hint) {
    const auto refused = [&](const char* why) {
        return Error(ErrorCode::Input, fmt::format("cannot use the directory {}: {}", quote(path), why),
                     hint);
    };
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return false;
    const UniqueFd opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!opened && errno == ENOTDIR) throw refused("it is not a directory");
    if (!opened || ::fstat(opened.get(), &status) != 0) throw refused(::strerror(errno));
    if (status.st_uid != ::geteuid()) throw refused("it belongs to another user");
    if ((status.st_mode & 077) != 0 && ::fchmod(opened.get(), 0700) != 0) throw refused(::strerror(errno));
    return true;
}

} // namespace rootlayer
