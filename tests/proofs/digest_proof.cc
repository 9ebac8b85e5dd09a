#include <bit>
#include <cmath>
#include <cstdint>

#include "base/digest.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

/// The first 32 bits of the fraction of a root, of each of the first primes.
std::vector<std::uint32_t> fractions(std::size_t count, long double (*root)(long double)) {
    std::vector<std::uint32_t> words;
    for (unsigned number = 2; words.size() < count; ++number) {
        bool prime = true;
        for (unsigned factor = 2; factor < number; ++factor)
            prime = prime && number % factor != 0;
        const long double value = root(number);
        if (prime) words.push_back(static_cast<std::uint32_t>((value - std::floor(value)) * 4294967296.0L));
    }
    return words;
}

/// FIPS 180-4, written out.
std::string naiveSha256(std::string message) {
    static const auto k = fractions(64, [](long double x) { return std::cbrt(x); });
    auto h = fractions(8, [](long double x) { return std::sqrt(x); });
    const std::uint64_t bits = message.size() * 8;
    message += '\x80';
    while (message.size() % 64 != 56)
        message += '\0';
    for (int shift = 56; shift >= 0; shift -= 8)
        message += static_cast<char>(bits >> shift & 0xff);
    for (std::size_t at = 0; at < message.size(); at += 64) {
        std::uint32_t w[64];
        for (std::size_t t = 0; t < 64; ++t) {
            w[t] = 0;
            for (std::size_t i = 0; t < 16 && i < 4; ++i)
                w[t] = w[t] << 8 | static_cast<unsigned char>(message[at + t * 4 + i]);
            if (t < 16) continue;
            const auto s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
            const auto s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ w[t - 2] >> 10;
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        auto v = h;
        for (std::size_t t = 0; t < 64; ++t) {
            const auto s1 = std::rotr(v[4], 6) ^ std::rotr(v[4], 11) ^ std::rotr(v[4], 25);
            const auto t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[t] + w[t];
            const auto s0 = std::rotr(v[0], 2) ^ std::rotr(v[0], 13) ^ std::rotr(v[0], 22);
            const auto t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v = std::vector{t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]};
        }
        for (std::size_t i = 0; i < 8; ++i)
            h[i] += v[i];
    }
    std::string hex;
    for (const auto word : h) {
        char text[9];
        std::snprintf(text, sizeof text, "%08x", word);
        hex += text;
    }
    return hex;
}

void checkText(const std::string& text) {
    bool is = text.size() == 71 && text.compare(0, 7, "sha256:") == 0;
    for (std::size_t i = 7; is && i < text.size(); ++i)
        is = std::string("0123456789abcdef").find(text[i]) != std::string::npos;
    const auto read = unlessRefused(ErrorCode::Image, [&] { return Digest::parse(text).str(); });
    holds(read == (is ? std::optional(text) : std::nullopt), [&] { return text; });
}

} // namespace

TEST_CASE("every digest with one byte changed, left out or put in is still one, or refused", "[A6]") {
    const auto good = "sha256:" + std::string("0123456789abcdef") + std::string(48, 'e');
    for (std::size_t size = 0; size <= 160; ++size)
        checkText((good + good + good).substr(0, size));
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (unsigned byte = 0; byte < 256; ++byte) {
            auto text = good;
            text[at] = static_cast<char>(byte);
            checkText(text);
            text.insert(at, 1, 'a');
            checkText(text);
        }
        auto text = good;
        checkText(text.erase(at, 1));
    }
}

TEST_CASE("the digest of every length up to 200 bytes is sha256, in whatever two pieces it arrives", "[A6]") {
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
        const auto expected = naiveSha256(bytes);
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            Sha256 hash;
            hash.write(std::string_view(bytes).substr(0, cut));
            hash.write(std::string_view(bytes).substr(cut));
            holds(hash.finish().hex() == expected, [&] { return std::to_string(bytes.size()); });
        }
        bytes += static_cast<char>(i * 37);
    }
}
