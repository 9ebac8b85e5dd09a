#include "build/tar_walk.hh"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "layer/foreign_header.hh"
#include "layer/rules.hh"
#include "layer/ustar.hh"

namespace rootlayer::build {

namespace {

constexpr std::uint64_t kMostEntries = 10'000'000;
constexpr std::size_t kGnuExtended = 482; // "there is a further block of the sparse map", GNU tar's sparse.c
constexpr std::size_t kGnuExtendedMore = 504;

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

bool isExtension(char type) {
    return std::string_view("xgXLK").find(type) != std::string_view::npos;
}

store::TarEnd readEnd(Source& source) {
    std::string buffer(std::size_t{64} << 10, '\0');
    return store::readTarEnd([&](std::uint64_t most) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, buffer.size()));
        return std::string_view(buffer).substr(0, source.read({buffer.data(), count}));
    });
}

} // namespace

std::optional<TarMember> TarWalk::next() {
    skipData();
    TarMember member;
    do {
        member.block = block();
        if (member.block.empty() || store::isZeroBlock(member.block)) {
            if (!member.extensions.empty()) refuse("the tar ends after a header that extends the next entry");
            if (!member.block.empty()) m_end = readEnd(m_source);
            return std::nullopt;
        }
        member.header = store::parseTarHeader(member.block);
    } while (extend(member));
    if (++m_number > kMostEntries) refuse(fmt::format("there are more than {} entries", kMostEntries));
    member.number = m_number;
    member.cleanPadding = m_cleanPadding;
    m_cleanPadding = true;
    m_data = storedSize(member);
    skipSparseBlocks(member);
    return member;
}

/// Takes an extension's body; false for the header of an entry.
bool TarWalk::extend(TarMember& member) {
    if (!isExtension(member.header.type)) return false;
    const auto size = static_cast<std::uint64_t>(member.header.size);
    if (size > layer::kMaxPaxHeader) refuse(fmt::format("an extending header has {} bytes", size));
    // As many as there are names for: two readers would choose another of two.
    if (member.extensions.size() >= 8) refuse("an entry has more than 8 extending headers");
    std::string body(static_cast<std::size_t>(size + layer::paddingAfter(size)), '\0');
    if (readFully(m_source, body) != body.size()) refuse("the tar is cut off within an extending header");
    body.resize(static_cast<std::size_t>(size));
    if (member.header.type == 'x') member.pax = store::parsePaxRecords(body);
    member.extensions.push_back({member.header.type, member.block, std::move(body)});
    return true;
}

std::uint64_t TarWalk::storedSize(const TarMember& member) const {
    if (!layer::hasData(member.header.type)) return 0;
    const auto record = member.pax.find("size");
    return record == member.pax.end() ? static_cast<std::uint64_t>(member.header.size)
                                      : store::parsePaxNumber(record->second, "size");
}

void TarWalk::skipSparseBlocks(const TarMember& member) {
    if (member.header.type != 'S') return;
    for (bool more = member.block[kGnuExtended] != '\0'; more;) {
        const auto extension = block();
        if (extension.empty()) refuse("the tar is cut off within a sparse map");
        more = extension[kGnuExtendedMore] != '\0';
    }
}

void TarWalk::skipData() {
    std::array<char, std::size_t{64} * 1024> buffer{};
    const auto padding = layer::paddingAfter(m_data);
    while (m_data > 0) {
        const auto most = std::min<std::uint64_t>(m_data, buffer.size());
        const auto count = m_source.read({buffer.data(), static_cast<std::size_t>(most)});
        if (count == 0) refuse("the tar is cut off within a file's data");
        m_data -= count;
    }
    if (readFully(m_source, {buffer.data(), padding}) != padding) refuse("the tar is cut off");
    m_cleanPadding = store::isZeroBlock({buffer.data(), padding});
}

std::string TarWalk::endFault() const {
    if (m_end.missing()) return "it does not end with two zero blocks";
    if (m_end.junk)
        return fmt::format("{} bytes follow its end that are not all zeros; no tool reads them",
                           m_end.trailing);
    if (m_end.trailing == 0) return {};
    return fmt::format("{} bytes of zeros follow the two blocks that end it", m_end.trailing);
}

/// Empty at the source's end.
std::string TarWalk::block() {
    std::string bytes(store::kTarBlock, '\0');
    const auto count = readFully(m_source, bytes);
    if (count != 0 && count != bytes.size()) refuse("the tar is cut off within a block");
    bytes.resize(count);
    return bytes;
}

} // namespace rootlayer::build
