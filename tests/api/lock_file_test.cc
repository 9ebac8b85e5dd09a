#include <catch2/catch.hpp>
#include <string>

#include <rootlayer/error.hh>
#include <rootlayer/lock_file.hh>

using namespace rootlayer;

TEST_CASE("a lock has a line for each image") {
    const std::string one = "sha256:" + std::string(64, 'a');
    const std::string two = "sha256:" + std::string(64, 'b');
    const auto lines =
        parseLock("# images\n\nx:1 " + one + " " + two + "\ny:2 " + two + " " + one + "\n", "lock");
    REQUIRE(lines.size() == 2);
    CHECK(lockedLine(lines, "y:2", "lock").digest == two);
    CHECK(lockedLine({lines[0]}, "", "lock").str() == "x:1 " + one + " " + two);
    CHECK_THROWS_WITH(lockedLine(lines, "", "lock"), Catch::Contains("2 images"));
    CHECK_THROWS_WITH(lockedLine(lines, "z:1", "lock"), Catch::Contains("z:1"));
    for (const auto& bad : {"x:1 " + one, "x:1 " + one + " sha256:00", "x:1 " + one + " " + two + " more"}) {
        INFO(bad);
        CHECK_THROWS_WITH(parseLock(bad, "lock"), Catch::Contains("line 1 of the lock"));
    }
}
