#include <catch2/catch.hpp>
#include <cstdint>
#include <fcntl.h>
#include <string>

#include "guest-agent/pack/file_content.hh"
#include "tests/guest-agent/pack/sparse_file.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using namespace rootlayer::test;

namespace {

SparseFile fileOf(std::uint64_t size) {
    SparseFile file;
    file.resize(size);
    return file;
}

struct Reading {
    std::string bytes;
    std::uint64_t holes = 0;
};

Reading readSparse(const SparseFile& file, std::uint64_t at, std::uint64_t size) {
    Reading found;
    FileContent content;
    const auto hole = [&](std::uint64_t zeros) {
        CHECK(zeros >= 65536);
        found.bytes.append(zeros, '\0');
        found.holes += zeros;
    };
    content.readSparse(
        file.fd.get(), "file", at, size, [&](std::string_view some) { found.bytes += some; }, hole);
    return found;
}

} // namespace

TEST_CASE("holes of a file are not read, and the rest is whole") {
    auto file = fileOf(20 * kMiB);
    file.write(kMiB, 3);
    file.write(8 * kMiB - 1, kMiB);
    REQUIRE(::posix_fallocate(file.fd.get(), 12 * kMiB, kMiB) == 0);
    const auto all = readSparse(file, 0, file.bytes.size());
    CHECK(all.bytes == file.bytes);
    CHECK(all.holes >= 17 * kMiB);
    // A file system may take what was allocated for data.
    const auto middle = readSparse(file, 5 * kMiB + 1, 4 * kMiB);
    CHECK(middle.bytes == file.bytes.substr(5 * kMiB + 1, 4 * kMiB));
    CHECK(middle.holes > 2 * kMiB);
}

TEST_CASE("what was just written over a hole is not taken for one") {
    auto file = fileOf(4 * kMiB);
    REQUIRE(::posix_fallocate(file.fd.get(), 0, 4 * kMiB) == 0);
    for (std::uint64_t at = 0; at < 4 * kMiB; at += 2 * 65536)
        file.write(at + 5, 65536);
    CHECK(readSparse(file, 0, file.bytes.size()).bytes == file.bytes);
}

TEST_CASE("holes that are too small to be sent alone are read") {
    auto file = fileOf(kMiB);
    for (std::uint64_t at = 0; at < kMiB; at += 65536)
        file.write(at, 4096);
    const auto all = readSparse(file, 0, file.bytes.size());
    CHECK(all.bytes == file.bytes);
    CHECK(all.holes == 0);
}

TEST_CASE("a file that ends before what is asked for") {
    auto file = fileOf(kMiB);
    CHECK_THROWS_WITH(readSparse(file, kMiB - 10, 20), Catch::Contains("became shorter"));
}
