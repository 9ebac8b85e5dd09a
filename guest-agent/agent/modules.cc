#include "guest-agent/agent/modules.hh"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/system_error.hh"
#include "protocol/hints.hh"

namespace rootlayer::guest {

namespace {

constexpr std::uint64_t kMaxOrder = std::uint64_t{1} << 20;

void loadModule(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd && (::syscall(SYS_finit_module, fd.get(), "", 0) == 0 || errno == EEXIST)) return;
    throw Error(ErrorCode::Machine,
                fmt::format("cannot load the kernel module {}: {}", quote(path), ::strerror(errno)),
                protocol::kHintGuestImage);
}

} // namespace

void loadModules(const std::string& directory, const char* list) {
    const std::string order = directory + "/" + list;
    if (::access(order.c_str(), F_OK) != 0) return;
    const std::string text = readFile(order, "module order", kMaxOrder);
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        if (end > at) loadModule(directory + "/" + text.substr(at, end - at));
        at = end + 1;
    }
}

} // namespace rootlayer::guest
