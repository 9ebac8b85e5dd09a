#include "base/digest.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <nettle/sha2.h>
#include <new>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer {

namespace {

constexpr std::string_view kPrefix = "sha256:";

sha256_ctx* context(char* state) {
    return std::launder(reinterpret_cast<sha256_ctx*>(state));
}

bool isHex(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

} // namespace

Digest Digest::parse(std::string_view text) {
    if (!text.starts_with(kPrefix) || !isHex(text.substr(kPrefix.size()))) {
        throw Error(ErrorCode::Image, fmt::format("{} is not a sha256 digest", quote(text.substr(0, 100))),
                    "a digest is 'sha256:' and 64 lower-case hexadecimal digits");
    }
    return fromHex(text.substr(kPrefix.size()));
}

Digest Digest::fromHex(std::string_view hex) {
    if (!isHex(hex)) throw Error(ErrorCode::Internal, "a digest must have 64 lower-case hex digits");
    Digest digest;
    digest.m_hex = hex;
    return digest;
}

Sha256::Sha256() {
    static_assert(sizeof(sha256_ctx) <= kStateSize);
    sha256_init(new (m_state) sha256_ctx);
}

void Sha256::write(std::string_view bytes) {
    sha256_update(context(m_state), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    m_bytes += bytes.size();
}

Digest Sha256::finish() {
    std::uint8_t raw[SHA256_DIGEST_SIZE];
    sha256_digest(context(m_state), sizeof raw, raw);
    std::string hex;
    hex.reserve(64);
    for (const std::uint8_t byte : raw)
        fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
    return Digest::fromHex(hex);
}

Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.write(bytes);
    return hash.finish();
}

Digest sha256(Source& source) {
    Sha256 hash;
    copy(source, hash);
    return hash.finish();
}

} // namespace rootlayer
