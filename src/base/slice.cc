#include "base/slice.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <unistd.h>

#include "base/system_error.hh"

namespace rootlayer {

std::size_t Slice::read(std::uint64_t at, std::span<char> buffer) const {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - std::min(at, size)));
    std::size_t filled = 0;
    while (filled < wanted) {
        const ssize_t got = ::pread(file->get(), buffer.data() + filled, wanted - filled,
                                    static_cast<off_t>(offset + at + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw systemError(fmt::format("cannot read {}", name));
        if (got == 0) {
            throw Error(ErrorCode::Image, fmt::format("{} ends before its {} bytes", name, size),
                        "the file is truncated, or was changed while it was read: fetch it again");
        }
        filled += static_cast<std::size_t>(got);
    }
    return filled;
}

std::string Slice::readAll(std::uint64_t limit) const {
    if (size > limit) {
        throw Error(ErrorCode::Image, fmt::format("{} has {} bytes; at most {} are read", name, size, limit));
    }
    std::string bytes(static_cast<std::size_t>(size), '\0');
    read(0, bytes);
    return bytes;
}

std::size_t SliceSource::read(std::span<char> buffer) {
    m_cancel.check();
    const std::size_t got = m_slice.read(m_at, buffer);
    m_at += got;
    return got;
}

} // namespace rootlayer
