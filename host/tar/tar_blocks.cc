#include "tar/tar_blocks.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/foreign_header.hh"
#include "layer/ustar.hh"

namespace rootlayer::tar {

namespace {

constexpr std::size_t kSourceBuffer = std::size_t{256} << 10;
constexpr std::size_t kSliceBuffer = std::size_t{4} << 10; // most data after a header is skipped
constexpr std::uint64_t kMaxEntries = 10'000'000;
constexpr std::uint64_t kMaxExtension = std::uint64_t{1} << 20;
constexpr std::size_t kMaxExtensions = 8; // more than any writer needs
constexpr std::size_t kMaxSparseHeaders = std::size_t{1} << 16;
// Flags for "another block of the sparse map follows" (GNU tar's sparse.c).
constexpr std::size_t kSparseGoesOn = 482;
constexpr std::size_t kSparseGoesOnFurther = 504;

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message));
}

std::uint64_t storedSize(const TarMember& member) {
    if (!layer::hasData(member.header.type)) return 0;
    const auto record = member.pax.find("size");
    return record == member.pax.end() ? static_cast<std::uint64_t>(member.header.size)
                                      : parsePaxNumber(record->second, "size");
}

} // namespace

TarBlocks::TarBlocks(Source& source) : m_source(&source), m_buffer(kSourceBuffer, '\0') {}

TarBlocks::TarBlocks(const Slice& slice) : m_slice(&slice), m_buffer(kSliceBuffer, '\0') {}

const TarMember* TarBlocks::next() {
    try {
        const bool hasPadding = skipData();
        const bool clean = m_member.cleanPadding;
        const auto number = m_member.number + 1;
        m_member = {};
        m_member.number = number;
        m_member.cleanPadding = clean;
        m_end = {};
        // Padding that is missing behind the last data is an end, as in Go's archive/tar.
        if (!hasPadding) return nullptr;
        if (number > kMaxEntries) refuse(fmt::format("there are more than {} entries", kMaxEntries));
        return read();
    } catch (Error& error) {
        if (!m_reading) error.addContext(fmt::format("entry {}", m_member.number)); // else the source failed
        throw;
    }
}

const TarMember* TarBlocks::read() {
    for (;;) {
        if (m_first == m_last && !fill()) {
            takeEnd();
            return nullptr;
        }
        auto block = exactly(kTarBlock);
        if (isZeroBlock(block)) {
            takeEnd();
            m_end = readTarEnd([this](std::uint64_t most) { return piece(most); });
            return nullptr;
        }
        const auto header = parseTarHeader(block);
        if (takeExtension(block, header)) continue;
        m_member.header = header;
        m_member.block = std::move(block);
        m_left = m_member.stored = storedSize(m_member);
        m_padding = layer::paddingAfter(m_left);
        if (header.type == 'S') takeSparseHeaders();
        m_member.offset = m_read - (m_last - m_first);
        return &m_member;
    }
}

void TarBlocks::takeEnd() {
    const bool extends = std::any_of(m_member.extensions.begin(), m_member.extensions.end(),
                                     [](const TarExtension& each) { return each.type != 'g'; });
    if (extends) refuse("the tar ends after a header that extends the next entry");
    m_end = {};
}

bool TarBlocks::takeExtension(const std::string& block, const TarHeader& header) {
    if (std::string_view("xgXLK").find(header.type) == std::string_view::npos) return false;
    const auto size = static_cast<std::uint64_t>(header.size);
    if (size > kMaxExtension)
        refuse(fmt::format("a header that extends it has {} bytes, the limit is {}", size, kMaxExtension));
    if (m_member.extensions.size() == kMaxExtensions)
        refuse(fmt::format("it has more than {} headers that extend it", kMaxExtensions));
    auto body = exactly(static_cast<std::size_t>(size));
    exactly(layer::paddingAfter(size));
    if (header.type == 'x' || header.type == 'X') m_member.pax = parsePaxRecords(body);
    m_member.extensions.push_back({header.type, block, std::move(body)});
    return true;
}

void TarBlocks::takeSparseHeaders() {
    for (bool more = m_member.block[kSparseGoesOn] != '\0'; more;) {
        if (m_member.sparseHeaders.size() == kMaxSparseHeaders) refuse("its sparse map does not end");
        m_member.sparseHeaders.push_back(exactly(kTarBlock));
        more = m_member.sparseHeaders.back()[kSparseGoesOnFurther] != '\0';
    }
}

std::string_view TarBlocks::data(std::uint64_t most) {
    const auto bytes = piece(std::min(most, m_left));
    m_left -= bytes.size();
    return bytes;
}

bool TarBlocks::skipData() {
    while (m_left > 0) {
        const auto count = skip(m_left);
        if (count == 0)
            refuse(fmt::format("the tar ends within the data of {}", quote(m_member.header.name)));
        m_left -= count;
    }
    m_member.cleanPadding = true;
    while (m_padding > 0) {
        const auto bytes = piece(m_padding);
        if (bytes.empty()) return false;
        m_member.cleanPadding = m_member.cleanPadding && isZeroBlock(bytes);
        m_padding -= bytes.size();
    }
    return true;
}

/// The next bytes in the buffer; empty at the end.
std::string_view TarBlocks::piece(std::uint64_t most) {
    if (most == 0 || (m_first == m_last && !fill())) return {};
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(most, m_last - m_first));
    const auto bytes = std::string_view(m_buffer).substr(m_first, count);
    m_first += count;
    return bytes;
}

/// Skips at most `most` bytes and returns their number; 0 at the end.
std::uint64_t TarBlocks::skip(std::uint64_t most) {
    if (m_slice == nullptr || m_first < m_last) return piece(most).size();
    const auto count = std::min(most, m_slice->size - m_read);
    m_read += count;
    return count;
}

std::string TarBlocks::exactly(std::size_t count) {
    std::string bytes;
    bytes.reserve(count);
    while (bytes.size() < count) {
        const auto got = piece(count - bytes.size());
        if (got.empty()) refuse("the tar is cut off within an entry");
        bytes.append(got);
    }
    return bytes;
}

bool TarBlocks::fill() {
    m_first = m_last = 0;
    m_reading = true;
    m_last = m_slice != nullptr ? m_slice->read(m_read, m_buffer) : m_source->read(m_buffer);
    m_reading = false;
    m_read += m_last;
    return m_last > 0;
}

} // namespace rootlayer::tar
