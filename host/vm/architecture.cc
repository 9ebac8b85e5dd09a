#include "vm/architecture.hh"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/process.hh"

namespace rootlayer::vm {

std::string qemuPath(const std::string& chosen) {
    return chosen.empty() ? findProgram(architecture().qemuProgram).value_or("") : chosen;
}

void checkQemu(const std::string& chosen) {
    if (chosen.empty()) return;
    struct stat status {};
    int error = ::stat(chosen.c_str(), &status) != 0 ? errno : 0;
    if (error == 0 && !S_ISREG(status.st_mode)) error = EACCES;
    if (error == 0 && ::access(chosen.c_str(), X_OK) != 0) error = errno;
    if (error == 0) return;
    throw Error(ErrorCode::Input,
                fmt::format("the QEMU {} cannot be run: {}", quote(chosen), ::strerror(error)),
                fmt::format("give the path of a {} with --qemu (ROOTLAYER_QEMU), or omit it",
                            architecture().qemuProgram));
}

} // namespace rootlayer::vm
