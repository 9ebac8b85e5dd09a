#include <catch2/catch.hpp>
#include <cstdint>

#include "run/pack_notes.hh"

using namespace rootlayer;
using namespace rootlayer::run;
using Catch::Matchers::Contains;

TEST_CASE("changes that are not in the layer are reported once for each kind, with count and first name") {
    const auto none = run::PackNotes::of({10, 1}, 99);
    CHECK((none.warnings.empty() && none.notes.empty()));
    const auto said = run::PackNotes::of({10, 1, {3, "/tmp/a"}, {1, "etc/x"}, {2, "var"}}, 99);
    REQUIRE((said.warnings.size() == 2 && said.notes.size() == 1));
    CHECK_THAT(said.warnings[0], Contains("(3 names, the first is \"/tmp/a\")") && Contains("--keep-tmp"));
    CHECK_THAT(said.warnings[1], Contains("(1 entry, \"etc/x\")"));
    CHECK_THAT(said.notes[0], Contains("(2 directories, the first is \"var\")"));
}

TEST_CASE("a name that the guest sends is truncated, and harmless on a terminal", "[A8]") {
    const auto said =
        run::PackNotes::of({10, 1, {~std::uint64_t{0}, "\x1b[2J" + std::string(100'000, 'x')}}, 1000);
    REQUIRE(said.warnings.size() == 1);
    CHECK_THAT(said.warnings[0], Contains("(1000 names"));
    CHECK(said.warnings[0].size() < 1000);
    CHECK(said.warnings[0].find('\x1b') == std::string::npos);
}
