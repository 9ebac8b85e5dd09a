#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/digest.hh"

using namespace rootlayer;

TEST_CASE("sha256 gives the well-known digests") {
    CHECK(sha256("").str() == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 pieces;
    pieces.write("a");
    pieces.write("bc");
    CHECK(pieces.bytes() == 3);
    CHECK(pieces.finish() == sha256("abc"));
}

TEST_CASE("digest strings that could be paths or other algorithms are refused", "[A6]") {
    const std::string good(64, 'a');
    CHECK(Digest::parse("sha256:" + good).hex() == good);
    for (const auto& text : {std::string(), std::string("sha256:"), "sha256:../../x" + good.substr(7),
                             "sha256:" + std::string(64, 'A'), "md5:" + good, good, "sha256:" + good + "a",
                             "sha256:" + good.substr(1), " sha256:" + good, "sha512:" + good + good}) {
        INFO(text);
        CHECK_THROWS_AS(Digest::parse(text), Error);
    }
}
