#include "guest-agent/base/setting.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/unique_fd.hh"

namespace rootlayer::guest {

bool tryWriteSetting(const std::string& path, std::string_view value) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    return file && ::write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size());
}

void writeSetting(const std::string& path, std::string_view value) {
    if (!tryWriteSetting(path, value))
        throw systemError(fmt::format("cannot write {} to {}", quote(value), path));
}

} // namespace rootlayer::guest
