#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include <rootlayer/error.hh>

#include "compress/compression.hh"
#include "support/image_builder.hh"

using namespace rootlayer;
using compress::Compression;

namespace {

constexpr std::uint64_t kMax = 64 * 1024 * 1024;

/// Returns one byte at a time: no decompressor may rely on more.
class SlowSource final : public Source {
  public:
    explicit SlowSource(std::string bytes) : m_bytes(std::move(bytes)) {}
    std::size_t read(std::span<char> buffer) override {
        if (m_at == m_bytes.size()) return 0;
        buffer[0] = m_bytes[m_at++];
        return 1;
    }

  private:
    std::string m_bytes;
    std::size_t m_at = 0;
};

std::string unpacked(const std::string& bytes) {
    return readAll(*compress::decompress(std::make_unique<SlowSource>(bytes), "the layer"), kMax, "it");
}

std::string failure(const std::string& bytes) {
    try {
        unpacked(bytes);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        CHECK_THAT(error.message(), Catch::StartsWith("the layer "));
        return error.message();
    }
    return "accepted";
}

std::string noise(std::size_t size) {
    std::mt19937 random(7); // NOLINT: the same every time
    std::string bytes(size, '\0');
    for (char& c : bytes)
        c = static_cast<char>(random() % 7);
    return bytes;
}

const std::vector<std::pair<Compression, std::function<std::string(std::string_view)>>> kCompressors = {
    {Compression::Gzip, test::gzipped},
    {Compression::Zstd, [](std::string_view bytes) { return test::zstdCompressed(bytes); }},
    {Compression::Xz, test::xzCompressed},
    {Compression::Bzip2, test::bzip2Compressed},
};

} // namespace

TEST_CASE("gzip, zstd, xz, bzip2 and plain bytes are told by their content", "[B14]") {
    const std::string data = noise(300'000);
    for (const auto& [kind, compress] : kCompressors) {
        INFO(static_cast<int>(kind));
        CHECK(compress::detectCompression(compress(data)) == kind);
        CHECK(unpacked(compress(data)) == data);
        CHECK(unpacked(compress("")).empty());
    }
    CHECK(unpacked(data) == data);
    CHECK(unpacked("").empty());
    CHECK(unpacked("B").empty() == false);
}

TEST_CASE("several consecutive members are one stream", "[B14]") {
    for (const auto& [kind, compress] : kCompressors) {
        INFO(static_cast<int>(kind));
        CHECK(unpacked(compress("one ") + compress("") + compress("two")) == "one two");
    }
}

TEST_CASE("junk after the end of compressed data is refused", "[B14][A5]") {
    for (const auto& [kind, compress] : kCompressors) {
        for (const char* junk : {"x", "junk behind the end", "\x1f"}) {
            INFO(static_cast<int>(kind) << junk);
            CHECK(failure(compress("data") + junk) != "accepted");
        }
    }
    CHECK_THAT(failure(test::gzipped("data") + std::string(512, '\0')), Catch::Contains("after the end"));
}

TEST_CASE("compressed data that is truncated anywhere is refused", "[A5]") {
    for (const auto& [kind, compress] : kCompressors) {
        const std::string whole = compress(noise(2000));
        for (std::size_t size = compress::kMagicSize; size < whole.size(); ++size) {
            INFO(static_cast<int>(kind) << " " << size);
            REQUIRE(failure(whole.substr(0, size)) != "accepted");
        }
    }
}

TEST_CASE("a zstd window over 128 MiB is refused", "[A4]") {
    // The limit is for memory, not for data: a frame of three bytes can request any window.
    CHECK(unpacked(test::zstdCompressed("abc", 27)) == "abc");
    CHECK(failure(test::zstdCompressed("abc", 28)) != "accepted");
}

TEST_CASE("a gigabyte of zeros is unpacked in little memory, and only as far as somebody reads", "[A4]") {
    const std::string part = test::gzipped(std::string(16 * 1024 * 1024, '\0'));
    std::string bomb;
    for (int i = 0; i < 64; ++i)
        bomb += part;
    const auto source = compress::decompress(std::make_unique<SlowSource>(bomb), "the layer");
    CHECK_THROWS_AS(readAll(*source, kMax, "it"), Error);
}
