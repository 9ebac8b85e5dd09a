#include <catch2/catch.hpp>

#include "oci/chain_id.hh"

using namespace rootlayer;

TEST_CASE("a chain id names a layer and all below it, as the OCI computes it", "[I1]") {
    const Digest a = sha256(std::string_view("a"));
    const Digest b = sha256(std::string_view("b"));
    const auto ids = oci::chainIds({a, b});
    REQUIRE(ids.size() == 2);
    CHECK(ids[0] == a);
    // printf '%s %s' "sha256:$(printf a | sha256sum)" "sha256:$(printf b | sha256sum)" | sha256sum, without
    // the " -"
    CHECK(ids[1].hex() == "51c0c8ace48498d6f5fee6b0592cc06f2da0f3cbe09c5a34a97dce85c3889676");
    CHECK(oci::chainIds({b, a})[1] != ids[1]);
    CHECK(oci::chainIds({}).empty());
}
