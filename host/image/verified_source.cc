#include "image/verified_source.hh"

#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

namespace rootlayer::image {

namespace {

void checkSize(std::uint64_t found, const Expectation& expected) {
    if (!expected.size || found == *expected.size) return;
    throw Error(ErrorCode::Image, fmt::format("{} has {} bytes, but {} says {}", expected.what, found,
                                              expected.claim, *expected.size));
}

} // namespace

std::size_t VerifiedSource::read(std::span<char> buffer) {
    if (m_ended) return 0;
    const std::size_t got = m_source->read(buffer);
    m_hash.write({buffer.data(), got});
    checkCount();
    if (got == 0) checkEnd();
    return got;
}

void VerifiedSource::checkCount() const {
    if (m_expected.size && m_hash.bytes() > *m_expected.size) checkSize(m_hash.bytes(), m_expected);
    if (m_hash.bytes() <= m_expected.limit) return;
    throw Error(ErrorCode::Image, fmt::format("{} is larger than {} bytes when uncompressed", m_expected.what,
                                              m_expected.limit));
}

void VerifiedSource::checkEnd() {
    m_ended = true;
    checkSize(m_hash.bytes(), m_expected);
    requireDigest(m_hash.finish(), m_expected.digest, m_expected.what, m_expected.claim);
}

void verify(std::string_view bytes, const Expectation& expected) {
    checkSize(bytes.size(), expected);
    requireDigest(sha256(bytes), expected.digest, expected.what, expected.claim);
}

void requireDigest(const Digest& found, const Digest& expected, const std::string& what,
                   const std::string& claim) {
    if (expected.empty() || found == expected) return;
    throw Error(ErrorCode::Image,
                fmt::format("{} has the digest {}, but {} says {}", what, found.str(), claim, expected.str()),
                "the image is damaged or forged: fetch it again");
}

} // namespace rootlayer::image
