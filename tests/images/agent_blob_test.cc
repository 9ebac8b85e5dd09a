#include <catch2/catch.hpp>

#include "images/agent_blob.hh"

using namespace rootlayer;

TEST_CASE("the agent inside the library is a program, and its digest is its own") {
    CHECK(images::agentBinary().starts_with("\x7f"
                                            "ELF"));
    CHECK(sha256(images::agentBinary()) == images::agentDigest());
}
