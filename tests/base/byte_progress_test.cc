#include <catch2/catch.hpp>
#include <cstdint>

#include <utility>
#include <vector>

#include "base/byte_progress.hh"

using namespace rootlayer;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

struct Steps final : Observer {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
    void onEvent(const Event& event) override {
        CHECK(event.kind == Event::Kind::Progress);
        CHECK(event.phase == "pack");
        told.emplace_back(event.done / kMiB, event.total / kMiB);
    }
};

using Told = decltype(Steps::told);

} // namespace

TEST_CASE("progress is reported every 8 MiB and at the end") {
    Steps steps;
    ByteProgress progress(&steps, "pack");
    for (int i = 0; i < 20; ++i)
        progress.add(kMiB);
    progress.finish();
    CHECK(steps.told == Told{{8, 0}, {16, 0}, {20, 20}});
}

TEST_CASE("a total that was too small grows with what is done") {
    Steps steps;
    ByteProgress progress(&steps, "pack", 10 * kMiB);
    progress.reach(9 * kMiB);
    progress.reach(18 * kMiB);
    progress.finish();
    CHECK(steps.told == Told{{9, 10}, {18, 18}, {18, 18}});
}

TEST_CASE("progress without an observer is not reported") {
    ByteProgress progress(nullptr, "pack");
    progress.add(100 * kMiB);
    progress.finish();
}
