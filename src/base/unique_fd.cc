#include "base/unique_fd.hh"

#include <fcntl.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer {

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
        reset();
        m_fd = other.release();
    }
    return *this;
}

void UniqueFd::reset() noexcept {
    if (m_fd >= 0) ::close(std::exchange(m_fd, -1));
}

Pipe makePipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw systemError("cannot make a pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace rootlayer
