#include <catch2/catch.hpp>
#include <cstdint>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "base/temp_dir.hh"
#include "base/unique_fd.hh"
#include "guest-agent/pack/file_content.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

struct File {
    TempDir directory{"/var/tmp"};
    UniqueFd fd{::open((directory.path() + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    std::string bytes;

    explicit File(std::uint64_t size) : bytes(size, '\0') {
        REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(size)) == 0);
    }
    void write(std::uint64_t at, std::uint64_t size) {
        bytes.replace(at, size, size, 'x');
        REQUIRE(::pwrite(fd.get(), bytes.data() + at, size, static_cast<off_t>(at)) ==
                static_cast<ssize_t>(size));
    }
};

struct Reading {
    std::string bytes;
    std::uint64_t holes = 0;
};

Reading readSparse(const File& file, std::uint64_t at, std::uint64_t size) {
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
    File file(20 * kMiB);
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
    File file(4 * kMiB);
    REQUIRE(::posix_fallocate(file.fd.get(), 0, 4 * kMiB) == 0);
    for (std::uint64_t at = 0; at < 4 * kMiB; at += 2 * 65536)
        file.write(at + 5, 65536);
    CHECK(readSparse(file, 0, file.bytes.size()).bytes == file.bytes);
}

TEST_CASE("holes that are too small to be sent alone are read") {
    File file(kMiB);
    for (std::uint64_t at = 0; at < kMiB; at += 65536)
        file.write(at, 4096);
    const auto all = readSparse(file, 0, file.bytes.size());
    CHECK(all.bytes == file.bytes);
    CHECK(all.holes == 0);
}

TEST_CASE("a file that ends before what is asked for") {
    File file(kMiB);
    CHECK_THROWS_WITH(readSparse(file, kMiB - 10, 20), Catch::Contains("became shorter"));
}
