#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "run/input_disk.hh"

using namespace rootlayer;
using run::InputDisk;

namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 20;

} // namespace

TEST_CASE("each input is at the offset that the guest gets, a multiple of 4096") {
    const TempDir directory("/tmp");
    const auto path = directory.file("inputs");
    const std::string large(5000, 'b');
    InputDisk disk(path, 8192);
    const auto first = disk.add("one");
    const auto second = disk.add(large);
    const auto third = disk.add("three");
    disk.finish();
    CHECK(first == protocol::Section{8192, 3});
    CHECK(second == protocol::Section{12288, 5000});
    CHECK(third == protocol::Section{20480, 5});
    const auto bytes = readFile(path, "disk", kPlenty);
    CHECK(bytes.substr(0, 4) == std::string("one\0", 4));
    CHECK(bytes.substr(4096, 5000) == large);
    CHECK(bytes.substr(12288, 5) == "three");
}

TEST_CASE("a disk has whole sectors, and at least one") {
    const TempDir directory("/tmp");
    InputDisk empty(directory.file("empty"), 0);
    CHECK(empty.finish() == 4096);
    CHECK(readFile(directory.file("empty"), "disk", kPlenty) == std::string(4096, '\0'));
    InputDisk full(directory.file("full"), 0);
    full.add(std::string(70000, 'x'));
    CHECK(full.finish() == 73728);
    CHECK(readFile(directory.file("full"), "disk", kPlenty).size() == 73728);
}

TEST_CASE("a disk never overwrites an existing file", "[A12]") {
    const TempDir directory("/tmp");
    writeFile(directory.file("inputs"), "somebody's");
    CHECK_THROWS_AS(InputDisk(directory.file("inputs"), 0), Error);
    CHECK(readFile(directory.file("inputs"), "file", kPlenty) == "somebody's");
}
