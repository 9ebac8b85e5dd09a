#include "compress/compression.hh"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include <rootlayer/error.hh>

#include "compress/compressed_input.hh"

namespace rootlayer::compress {

namespace {

constexpr std::size_t kPiece = std::size_t{128} * 1024;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kZstdSkippable = "\x2a\x4d\x18"; // after a byte of 0x50 to 0x5f
constexpr std::string_view kXzMagic{"\xfd\x37zXZ\0", 6};

bool isZstd(std::string_view bytes) {
    const bool skippable = bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xF0U) == 0x50 &&
                           bytes.substr(1).starts_with(kZstdSkippable);
    return skippable || bytes.starts_with(kZstdMagic);
}

bool isBzip2(std::string_view bytes) {
    return bytes.size() >= 4 && bytes.starts_with(kBzip2Magic) && bytes[3] >= '1' && bytes[3] <= '9';
}

/// Passes uncompressed input through, from its first byte.
class PlainSource final : public Source {
  public:
    explicit PlainSource(CompressedInput input) : m_input(std::move(input)) {}
    std::size_t read(std::span<char> buffer) override {
        const std::string_view bytes = m_input.peek();
        const std::size_t count = std::min(bytes.size(), buffer.size());
        std::copy_n(bytes.data(), count, buffer.data());
        m_input.take(count);
        return count;
    }

  private:
    CompressedInput m_input;
};

} // namespace

Compression detectCompression(std::string_view firstBytes) {
    if (firstBytes.starts_with(kGzipMagic)) return Compression::Gzip;
    if (isZstd(firstBytes)) return Compression::Zstd;
    if (firstBytes.starts_with(kXzMagic)) return Compression::Xz;
    if (isBzip2(firstBytes)) return Compression::Bzip2;
    return Compression::None;
}

std::unique_ptr<Source> decompress(std::unique_ptr<Source> source, const std::string& what) {
    CompressedInput input(std::move(source), what);
    switch (detectCompression(input.peekAtLeast(kMagicSize))) {
    case Compression::Gzip:
        return decompressGzip(std::move(input));
    case Compression::Zstd:
        return decompressZstd(std::move(input));
    case Compression::Xz:
        return decompressXz(std::move(input));
    case Compression::Bzip2:
        return decompressBzip2(std::move(input));
    case Compression::None:
        break;
    }
    return std::make_unique<PlainSource>(std::move(input));
}

CompressedInput::CompressedInput(std::unique_ptr<Source> source, std::string what)
    : m_source(std::move(source)), m_what(std::move(what)), m_buffer(std::make_unique<char[]>(kPiece)) {}

std::string_view CompressedInput::peek() {
    return peekAtLeast(1);
}

std::string_view CompressedInput::peekAtLeast(std::size_t count) {
    if (m_begin == m_end) m_begin = m_end = 0;
    if (m_begin + count > kPiece) {
        std::memmove(m_buffer.get(), m_buffer.get() + m_begin, m_end - m_begin);
        m_end -= std::exchange(m_begin, 0);
    }
    while (m_end - m_begin < count) {
        const std::size_t got = m_source->read({m_buffer.get() + m_end, kPiece - m_end});
        if (got == 0) break;
        m_end += got;
    }
    return {m_buffer.get() + m_begin, m_end - m_begin};
}

void CompressedInput::failTruncated() const {
    fail("is truncated within its compressed data");
}

void CompressedInput::failJunk() const {
    fail("has data after the end of its compressed data");
}

void CompressedInput::fail(std::string_view why) const {
    throw Error(ErrorCode::Image, fmt::format("{} {}", m_what, why),
                "the file is damaged: download or create it again");
}

} // namespace rootlayer::compress
