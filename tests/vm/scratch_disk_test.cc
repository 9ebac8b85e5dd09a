#include <catch2/catch.hpp>
#include <cstdint>

#include <cstdlib>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "vm/scratch_disk.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

std::string describe(const std::string& disk) {
    return requireCommand({.argv = {"dumpe2fs", "-h", disk}}, Deadline::after(std::chrono::seconds(60)),
                          "looking");
}

/// A line of dumpe2fs's output, "NAME: VALUE".
std::string line(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + ":");
    REQUIRE(at != std::string::npos);
    return text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

/// The number after "NAME:" in dumpe2fs's output.
std::uint64_t number(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + ":");
    REQUIRE(at != std::string::npos);
    return std::stoull(text.substr(at + name.size() + 2));
}

} // namespace

TEST_CASE("a scratch disk is an ext4 with room for many small files and large xattrs") {
    const TempDir directory("/tmp");
    const auto disk = directory.file("scratch");
    makeScratchDisk(disk, 8 * kGiB);
    const auto text = describe(disk);
    CHECK(number(text, "Inode count") >= 1000000);
    CHECK(number(text, "Block size") == 4096);
    CHECK(number(text, "Reserved block count") == 0);
    CHECK(text.find(" ea_inode") != std::string::npos);
    CHECK(text.find("ext_attr") != std::string::npos);
    CHECK(text.find("has_journal") == std::string::npos);
}

TEST_CASE("a scratch disk takes the space of what is written to it, not of its size") {
    const TempDir directory("/tmp");
    const auto disk = directory.file("scratch");
    makeScratchDisk(disk, 100 * kGiB);
    struct stat status {};
    REQUIRE(::stat(disk.c_str(), &status) == 0);
    CHECK(static_cast<std::uint64_t>(status.st_size) == 100 * kGiB);
    CHECK(status.st_blocks * 512 < (8 << 20));
    CHECK((status.st_mode & 0777U) == 0600);
}

TEST_CASE("a scratch disk may have any size from the smallest up") {
    const TempDir directory("/tmp");
    makeScratchDisk(directory.file("least"), kMinScratchSize);
    makeScratchDisk(directory.file("odd"), kMinScratchSize + 1);
    CHECK(number(describe(directory.file("odd")), "Block count") == kMinScratchSize / 4096 + 1);
    CHECK_THROWS_WITH(makeScratchDisk(directory.file("tiny"), 1 << 20), Catch::Contains("too small"));
}

TEST_CASE("a scratch disk never overwrites another file", "[A10]") {
    const TempDir directory("/tmp");
    writeFile(directory.file("mine"), "precious");
    CHECK_THROWS_AS(makeScratchDisk(directory.file("mine"), kMinScratchSize), Error);
    CHECK(readFile(directory.file("mine"), "file", 100) == "precious");
}

TEST_CASE("scratch disks of any size hash names alike, and ext4 sees one group of groups", "[T12]") {
    const TempDir directory("/tmp");
    makeScratchDisk(directory.file("first"), kGiB);
    const auto first = describe(directory.file("first"));
    for (const auto size : {kGiB, kMinScratchSize, 8 * kGiB + 4096, 300 * kGiB}) {
        const auto disk = directory.file(std::to_string(size) + "-more");
        makeScratchDisk(disk, size);
        const auto text = describe(disk);
        for (const char* name : {"Filesystem UUID", "Directory Hash Seed", "Default directory hash",
                                 "Filesystem features", "Blocks per group", "Inode size", "First inode"})
            CHECK(line(text, name) == line(first, name));
        CHECK(number(text, "Flex block group size") * number(text, "Blocks per group") >=
              number(text, "Block count"));
    }
}

TEST_CASE("the host's mke2fs.conf does not affect a scratch disk", "[T12]") {
    const TempDir directory("/tmp");
    writeFile(directory.file("conf"), "[defaults]\n\tbase_features = metadata_csum\n\thash_alg = tea\n");
    makeScratchDisk(directory.file("plain"), kGiB);
    ::setenv("MKE2FS_CONFIG", directory.file("conf").c_str(), 1);
    makeScratchDisk(directory.file("other"), kGiB);
    ::unsetenv("MKE2FS_CONFIG");
    const auto plain = describe(directory.file("plain"));
    const auto other = describe(directory.file("other"));
    for (const char* name : {"Filesystem features", "Default directory hash"})
        CHECK(line(other, name) == line(plain, name));
}
