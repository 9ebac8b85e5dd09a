#include "vm/scratch_reader.hh"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/escape.hh"
#include "base/system_error.hh"

namespace rootlayer::vm {

namespace {
constexpr std::size_t kPiece = std::size_t{256} << 10;
}

ScratchReader::ScratchReader(std::string path)
    : m_path(std::move(path)), m_fd(::open(m_path.c_str(), O_RDONLY | O_CLOEXEC)), m_buffer(kPiece, '\0') {
    struct stat status {};
    if (!m_fd || ::fstat(m_fd.get(), &status) != 0) {
        throw systemError(fmt::format("cannot read the scratch disk {}", quote(m_path)));
    }
    m_size = static_cast<std::uint64_t>(status.st_size);
}

std::uint64_t ScratchReader::allocated() const {
    struct stat status {};
    return ::fstat(m_fd.get(), &status) == 0
               ? std::uint64_t{512} * static_cast<std::uint64_t>(status.st_blocks)
               : m_size;
}

void ScratchReader::read(const protocol::Range& range, Sink& to, const CancelToken& cancel) {
    if (range.offset > m_size || range.size > m_size - range.offset) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("the guest sent the range {}+{} of a scratch disk of {} bytes", range.offset,
                                range.size, m_size));
    }
    for (std::uint64_t done = 0; done < range.size;) {
        cancel.check();
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, range.size - done));
        const ssize_t got =
            ::pread(m_fd.get(), m_buffer.data(), wanted, static_cast<off_t>(range.offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw systemError(fmt::format("cannot read the scratch disk {}", quote(m_path)));
        to.write({m_buffer.data(), static_cast<std::size_t>(got)});
        done += static_cast<std::uint64_t>(got);
    }
}

} // namespace rootlayer::vm
