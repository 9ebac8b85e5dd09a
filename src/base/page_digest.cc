#include "base/page_digest.hh"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

#include "base/file.hh"
#include "base/system_error.hh"

namespace rootlayer {

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPiece = 64 * kPage;

bool isZero(std::string_view page) {
    static constexpr std::array<char, kPage> zeros{};
    return std::memcmp(page.data(), zeros.data(), page.size()) == 0;
}

void addPages(std::string_view bytes, std::uint64_t number, Sha256& hash) {
    for (; !bytes.empty(); ++number) {
        const auto page = bytes.substr(0, kPage);
        bytes.remove_prefix(page.size());
        if (isZero(page)) continue;
        hash.write(fmt::format("{:016x}", number));
        hash.write(page);
    }
}

/// The start of the data at or after `from`; `size` if there is none. A file system without holes reports
/// everything as data.
std::uint64_t nextData(int fd, std::uint64_t from, std::uint64_t size) {
    const auto found = ::lseek(fd, static_cast<off_t>(from), SEEK_DATA);
    if (found < 0) return errno == ENXIO ? size : from;
    return static_cast<std::uint64_t>(found) / kPage * kPage;
}

} // namespace

Digest pageDigest(int fd, const std::string& what, const CancelToken* cancel) {
    Sha256 hash;
    const auto size = fileSize(fd);
    std::vector<char> piece(kPiece);
    for (auto at = nextData(fd, 0, size); at < size; at = nextData(fd, at, size)) {
        if (cancel != nullptr) cancel->check();
        std::size_t have = 0;
        const auto wanted = std::min<std::uint64_t>(kPiece, size - at);
        while (have < wanted) {
            const auto got = ::pread(fd, piece.data() + have, wanted - have, static_cast<off_t>(at + have));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw systemError(fmt::format("cannot read {}", what));
            if (got == 0)
                throw Error(ErrorCode::System, fmt::format("{} became shorter while it was read", what));
            have += static_cast<std::size_t>(got);
        }
        addPages({piece.data(), have}, at / kPage, hash);
        at += have;
    }
    return hash.finish();
}

} // namespace rootlayer
