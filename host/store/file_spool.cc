#include "store/file_spool.hh"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <memory>
#include <unistd.h>

#include "base/escape.hh"
#include "base/file.hh"
#include "base/nameless_file.hh"
#include "base/system_error.hh"

namespace rootlayer::store {

namespace {

constexpr std::size_t kPiece = std::size_t{256} << 10;
constexpr std::size_t kLeastHole = std::size_t{32} << 10;

bool isZero(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

} // namespace

FileSpool::FileSpool(const std::string& folder)
    : m_what(fmt::format("a temporary file in {}", quote(folder))), m_fd(namelessFile(folder)) {}

void FileSpool::append(std::string_view bytes) {
    if (bytes.size() < kLeastHole || !isZero(bytes)) {
        writeAt(m_fd.get(), bytes, m_position, m_what);
        m_written = m_position + bytes.size();
    }
    m_position += bytes.size();
}

void FileSpool::copy(std::uint64_t offset, std::uint64_t size, Sink& out) const {
    const auto buffer = std::make_unique<char[]>(kPiece);
    while (size > 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, kPiece));
        // What was not written behind the last data is a hole too.
        const auto there = offset < m_written ? std::min<std::uint64_t>(wanted, m_written - offset) : 0;
        std::fill_n(buffer.get(), wanted, '\0');
        for (std::size_t got = 0; got < there;) {
            const auto count = ::pread(m_fd.get(), buffer.get() + got, static_cast<std::size_t>(there) - got,
                                       static_cast<off_t>(offset + got));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) throw systemError("cannot read " + m_what);
            got += static_cast<std::size_t>(count);
        }
        out.write({buffer.get(), wanted});
        offset += wanted;
        size -= wanted;
    }
}

} // namespace rootlayer::store
