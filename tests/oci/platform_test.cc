#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "oci/platform.hh"

using namespace rootlayer;
using oci::Platform;

TEST_CASE("platforms are written in Go's names", "[I10]") {
    for (const char* text : {"linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le",
                             "linux/s390x", "linux/riscv64"}) {
        CHECK(Platform::parse(text).str() == text);
    }
    CHECK(Platform::parse("arm64").str() == "linux/arm64");
}

TEST_CASE("other names for a processor are refused, with Go's name in the hint", "[I10]") {
    try {
        Platform::parse("linux/x86_64");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK_THAT(error.hint(), Catch::Contains("'amd64'"));
    }
    CHECK_THROWS_AS(Platform::parse("windows/amd64"), Error);
    CHECK_THROWS_AS(Platform::parse(""), Error);
    CHECK_THROWS_AS(Platform::parse("linux/pdp11"), Error);
}

TEST_CASE("a variant is compared only if both sides have one") {
    CHECK(oci::matches({"linux", "arm64", "v8"}, {"linux", "arm64", ""}));
    CHECK(oci::matches({"linux", "arm64", ""}, {"linux", "arm64", "v8"}));
    CHECK(oci::matches({"linux", "arm", "v7"}, {"linux", "arm", ""}));
    CHECK_FALSE(oci::matches({"linux", "arm", "v7"}, {"linux", "arm", "v6"}));
    CHECK_FALSE(oci::matches({"linux", "amd64", ""}, {"linux", "arm64", ""}));
    CHECK_FALSE(oci::matches({"windows", "amd64", ""}, {"linux", "amd64", ""}));
}
