#include <catch2/catch.hpp>

#include "layer/whiteout.hh"

using namespace rootlayer::layer;

TEST_CASE("the whiteout of a path is in the path's directory, and is empty", "[W1]") {
    const auto entry = whiteoutEntry("usr/share/a file");
    Entry expected;
    expected.path = "usr/share/.wh.a file";
    CHECK(entry == expected);
    CHECK(entry.type == EntryType::File);
    CHECK(entry.mode == 0);
    CHECK(entry.mtime == 0);
    CHECK(whiteoutEntry("top").path == ".wh.top");
}

TEST_CASE("a whiteout's name leads back to what was removed", "[W1]") {
    CHECK(whiteoutName("b") == ".wh.b");
    CHECK(removedPath("a/.wh.b") == "a/b");
    CHECK(removedPath(".wh.b") == "b");
    CHECK(removedPath(whiteoutEntry("x/y/z").path) == "x/y/z");
}

TEST_CASE("only the last component makes a path a whiteout", "[W1]") {
    CHECK(isWhiteoutPath("a/.wh.b"));
    CHECK(isWhiteoutPath(".wh.b"));
    CHECK_FALSE(isWhiteoutPath(".wh.a/b"));
    CHECK_FALSE(isWhiteoutPath("a/.whb"));
    CHECK_FALSE(isWhiteoutName("a.wh.b"));
}

TEST_CASE("whiteouts of nothing and aufs's markers are distinguished from removals", "[A3][B7]") {
    for (const auto* name :
         {".wh.", ".wh..", ".wh...", ".wh..wh..opq", ".wh..wh.plnk", ".wh..wh.aufs", ".wh..wh.x"}) {
        INFO(name);
        CHECK(isReservedWhiteout(name));
    }
    for (const auto* name : {".wh.a", ".wh....", ".wh..a", ".wh..wh", "a", ".", ""}) {
        INFO(name);
        CHECK_FALSE(isReservedWhiteout(name));
    }
}

TEST_CASE("paths are split at their last slash", "[W1]") {
    CHECK(baseName("a/b/c") == "c");
    CHECK(parentPath("a/b/c") == "a/b");
    CHECK(baseName("a") == "a");
    CHECK(parentPath("a").empty());
}
