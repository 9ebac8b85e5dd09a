#include "base/poll.hh"

#include <cerrno>

#include "base/system_error.hh"

namespace rootlayer {

int pollFiles(std::span<pollfd> files, int milliseconds) {
    const int ready = ::poll(files.data(), files.size(), milliseconds);
    if (ready >= 0) return ready;
    if (errno != EINTR) throw systemError("cannot wait for a file or a process");
    for (auto& file : files)
        file.revents = 0;
    return 0;
}

} // namespace rootlayer
