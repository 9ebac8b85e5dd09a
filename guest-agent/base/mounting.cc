#include "guest-agent/base/mounting.hh"

#include <cerrno>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::guest {

void mountAt(const std::string& source, const std::string& target, const char* type, unsigned long flags,
             const std::string& options) {
    const char* data = options.empty() ? nullptr : options.c_str();
    if (::mount(source.c_str(), target.c_str(), type, flags, data) == 0) return;
    throw systemError(fmt::format("cannot mount {} ({}) at {}", quote(source),
                                  type == nullptr ? "bind" : type, quote(target)));
}

void makeDirectory(const std::string& path, unsigned mode) {
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) {
        throw systemError(fmt::format("cannot make the directory {}", quote(path)));
    }
    if (::chmod(path.c_str(), mode) != 0) throw systemError(fmt::format("cannot chmod {}", quote(path)));
}

} // namespace rootlayer::guest
