#include <catch2/catch.hpp>

#include "base/installation.hh"

using namespace rootlayer;

TEST_CASE("the prefix of an installation is found from the command and from the library") {
    CHECK(prefixOf("/usr/bin/rootlayer") == "/usr");
    CHECK(prefixOf("/opt/a b/lib/librootlayer.so.0.1") == "/opt/a b");
    CHECK(prefixOf("/usr/lib64/librootlayer.so.0.1") == "/usr");
    CHECK(prefixOf("/usr/lib/x86_64-linux-gnu/librootlayer.so.0.1") == "/usr");
}

TEST_CASE("a program in another directory is not installed") {
    CHECK_FALSE(prefixOf("/home/user/build/release/rootlayer"));
    CHECK_FALSE(prefixOf("/tmp/rootlayer"));
    CHECK_FALSE(prefixOf(""));
    CHECK(installedDirectory().empty());
}
