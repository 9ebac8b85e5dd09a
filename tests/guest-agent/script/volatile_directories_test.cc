#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include "base/unique_fd.hh"
#include "guest-agent/script/device_directory.hh"
#include "guest-agent/script/volatile_directories.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

protocol::Tally leftIn(const Tree& tree, const std::function<bool(std::string_view)>& passedOver) {
    const UniqueFd directory(::open(tree.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    protocol::Tally tally;
    countLeftIn(
        directory.get(), "/tmp", passedOver, [] {}, tally);
    return tally;
}

} // namespace

TEST_CASE("names that a script left are counted, and the first one at the top is reported", "[W15]") {
    const TempDir directory("/tmp");
    Tree tree(directory.file("tree"));
    const auto all = [](std::string_view) { return false; };
    CHECK(leftIn(tree, all) == protocol::Tally{});
    tree.directory("b").file("b/a").directory("b/c").file("b/c/d").symlink("b/up", "/").file("z").fifo("y");
    CHECK(leftIn(tree, all) == protocol::Tally{7, "/tmp/b"});
    CHECK(leftIn(tree, [](std::string_view name) { return name == "b"; }) == protocol::Tally{2, "/tmp/y"});
}

TEST_CASE("an endless tree is not followed to its end", "[A9]") {
    const TempDir directory("/tmp");
    Tree tree(directory.file("tree"));
    std::string path = "d";
    for (int depth = 0; depth < 100; ++depth, path += "/d")
        tree.directory(path);
    CHECK(leftIn(tree, [](std::string_view) { return false; }).count == 65);
}

TEST_CASE("what /dev has from the start is not left by the script") {
    for (const char* name : {"null", "ptmx", "stdin", "pts", "shm"})
        CHECK(isOwnDevice(name));
    for (const char* name : {"", "nul", "sda", "PTS"})
        CHECK_FALSE(isOwnDevice(name));
}
