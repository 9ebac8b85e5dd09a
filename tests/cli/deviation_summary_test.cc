#include <catch2/catch.hpp>
#include <cstdint>

#include "cli/deviation_summary.hh"

using namespace rootlayer;

TEST_CASE("deviations are summed up by rule, with the first of each") {
    cli::DeviationSummary summary;
    for (std::uint64_t i = 1; i <= 3000; ++i) {
        summary.add({2, i, "b\x1b", "T3", "its header is not ours"});
        if (i == 7) summary.add({.rule = "T10", .message = "its end is another"});
        if (i % 2 == 0) summary.add({2, i, "a", "T1", "it is out of order"});
    }
    CHECK(summary.rules() == 3);
    CHECK(summary.text() == "layer 2 entry 1 \"b\\x1b\" [T3] its header is not ours; and 2999 more of T3\n"
                            "layer 2 entry 2 \"a\" [T1] it is out of order; and 1499 more of T1\n"
                            "[T10] its end is another\n");
}

TEST_CASE("no deviations give no line") {
    CHECK(cli::DeviationSummary().text().empty());
}
