#include <catch2/catch.hpp>
#include <cstdint>

#include <array>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

#include "base/unique_fd.hh"
#include "guest-agent/pack/file_extents.hh"
#include "tests/guest-agent/pack/sparse_file.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using namespace rootlayer::test;

namespace {

struct File : SparseFile {
    /// Their extents, without a gap.
    std::vector<FileExtent> extents(std::uint64_t size) const {
        std::vector<FileExtent> found;
        std::uint64_t end = 0;
        unsigned ticks = 0;
        const auto take = [&](const FileExtent& extent) {
            CHECK(extent.at == end);
            CHECK(extent.size > 0);
            end += extent.size;
            found.push_back(extent);
        };
        forEachExtent(fd.get(), "file", size, take, [&] { ++ticks; });
        CHECK(ticks >= size >> 24U);
        CHECK(end == size);
        return found;
    }
};

/// Whether this offset is known to have no data on the disk.
bool onDisk(const std::vector<FileExtent>& extents, std::uint64_t at) {
    for (const auto& extent : extents)
        if (at >= extent.at && at - extent.at < extent.size) return extent.disk.has_value();
    return false;
}

} // namespace

TEST_CASE("the extents of a file cover it, whatever its file system reports") {
    File file;
    file.write(0, 3 * kMiB + 5);
    CHECK_FALSE(file.extents(3 * kMiB + 5).empty());
    CHECK(file.extents(0).empty());
}

TEST_CASE("holes and what was never written are not on the disk") {
    File file;
    file.write(0, kMiB);
    file.write(8 * kMiB, kMiB);
    REQUIRE(::posix_fallocate(file.fd.get(), 12 * kMiB, kMiB) == 0);
    file.resize(20 * kMiB);
    const auto extents = file.extents(20 * kMiB);
    for (const auto at : {4 * kMiB, 12 * kMiB + 5, 19 * kMiB})
        CHECK_FALSE(onDisk(extents, at));
}

TEST_CASE("ranges that are too small to be sent alone are joined with their neighbours") {
    File file;
    for (std::uint64_t i = 0; i < 500; ++i)
        file.write(2 * i * 4096, 4096);
    const auto extents = file.extents(1000 * 4096);
    REQUIRE(extents.size() == 1);
    CHECK_FALSE(extents[0].disk);
}

TEST_CASE("a file that cannot be synced is named, and not assumed to be written") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const UniqueFd reader(pipe[0]);
    const UniqueFd writer(pipe[1]);
    const auto take = [](const FileExtent&) { FAIL("taken"); };
    CHECK_THROWS_WITH(forEachExtent(reader.get(), "var/big", 5, take, [] {}),
                      Catch::Contains("cannot write \"var/big\""));
}

TEST_CASE("a file of many pieces is covered in order") {
    File file;
    for (std::uint64_t i = 0; i < 300; ++i)
        file.write(2 * i * 65536, 65536);
    CHECK_FALSE(file.extents(600 * 65536).empty());
}
