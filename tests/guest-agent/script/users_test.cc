#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "guest-agent/script/users.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;

namespace {

const std::string kPasswd = "root:x:0:0:root:/root:/bin/sh\n"
                            "malformed line\n"
                            "huge:x:99999999999:1::/h:/bin/sh\n"
                            "bob:x:1000:1001:Bob:/home/bob:/bin/sh\n"
                            "1000:x:7:7::/seven:/bin/sh\n"
                            "nohome:x:8:8:::";
const std::string kGroup = "root:x:0:\n"
                           "wheel:x:10:alice,bob\n"
                           "audio:x:29:bob\n"
                           "staff:x:50:bobby\n"
                           "admins:x:0:root\n";

Identity find(std::string_view user) {
    return findIdentity(user, kPasswd, kGroup);
}

} // namespace

TEST_CASE("without a user the script runs as root, with root's home and groups") {
    CHECK(find("") == Identity{0, 0, {0}, "/root"});
    CHECK(find("root") == find(""));
}

TEST_CASE("a base without accounts still has a root") {
    CHECK(findIdentity("", "", "") == Identity{0, 0, {0}, "/"});
    CHECK(findIdentity("12:34", "", "") == Identity{12, 34, {34}, "/"});
}

TEST_CASE("a name brings its group, its home, and the groups that list it") {
    CHECK(find("bob") == Identity{1000, 1001, {1001, 10, 29}, "/home/bob"});
}

TEST_CASE("a number that no account has is taken as it is, with group 0") {
    CHECK(find("4242") == Identity{4242, 0, {0}, "/"});
}

TEST_CASE("whichever account comes first wins, by its name or its number, as docker has it") {
    CHECK(find("1000") == Identity{1000, 1001, {1001, 10, 29}, "/home/bob"});
}

TEST_CASE("a given group is the only one") {
    CHECK(find("bob:wheel") == Identity{1000, 10, {10}, "/home/bob"});
    CHECK(find("bob:77") == Identity{1000, 77, {77}, "/home/bob"});
    CHECK(find(":audio") == Identity{0, 29, {29}, "/root"});
}

TEST_CASE("numbers go up to the kernel's last but one, in accounts too") {
    CHECK(find("3000000000:4294967294") == Identity{3000000000, 4294967294, {4294967294}, "/"});
    CHECK(findIdentity("far", "far:x:3000000000:3000000001::/far:/bin/sh\n", "") ==
          Identity{3000000000, 3000000001, {3000000001}, "/far"});
}

TEST_CASE("the primary group is one of the supplementary groups, once") {
    CHECK(find("root").groups == std::vector<gid_t>{0});
    CHECK(findIdentity("bob", kPasswd, "own:x:1001:bob\n").groups == std::vector<gid_t>{1001});
}

TEST_CASE("an empty home is the root directory") {
    CHECK(find("nohome").home == "/");
}

TEST_CASE("a name that the base does not have is an error that says so") {
    CHECK_THROWS_WITH(find("eve"), Contains("no user \"eve\""));
    CHECK_THROWS_WITH(find("bob:eves"), Contains("no group \"eves\""));
    CHECK_THROWS_WITH(find("huge"), Contains("no user \"huge\""));
    CHECK_THROWS_AS(find("-1"), Error);
    CHECK_THROWS_AS(find("4294967295"), Error);
}
