#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "builder/nix_store.hh"

using namespace rootlayer;

TEST_CASE("what nix-store prints about its paths is a closure") {
    const auto closure = builder::parseRegistration("/s/a\nhash\n12\n\n0\n"
                                                    "/s/b\nhash\n12\n/s/b.drv\n2\n/s/a\n/s/b\n");
    REQUIRE(closure.size() == 2);
    CHECK(closure[0].references.empty());
    CHECK(closure[1].path == "/s/b");
    CHECK(closure[1].references == std::vector<std::string>{"/s/a", "/s/b"});
    CHECK(builder::parseRegistration("").empty());
}

TEST_CASE("a registration that is cut off or damaged is an error") {
    for (const auto* text :
         {"/s/a", "/s/a\nhash\n12\n\n", "/s/a\nhash\n12\n\n1\n", "/s/a\nhash\n12\n\nx\n",
          "/s/a\nhash\n12\n\n-1\n", "a\nhash\n12\n\n0\n", "/s/a\nh\n1\n\n99999999999999999999\n"})
        CHECK_THROWS_AS(builder::parseRegistration(text), Error);
}
