#include <catch2/catch.hpp>

#include "store/layer_store.hh"

using namespace rootlayer;

TEST_CASE("a chain id names a layer and all below it, as the OCI computes it", "[I1]") {
    const Digest a = sha256(std::string_view("a"));
    const Digest b = sha256(std::string_view("b"));
    const auto top = store::chainId(store::chainId({}, a), b);
    CHECK(store::chainId({}, a) == a);
    // printf '%s %s' "sha256:$(printf a | sha256sum)" "sha256:$(printf b | sha256sum)" | sha256sum, without
    // the " -"
    CHECK(top.hex() == "51c0c8ace48498d6f5fee6b0592cc06f2da0f3cbe09c5a34a97dce85c3889676");
    CHECK(store::chainId(b, a) != top);
}
