#include <catch2/catch.hpp>
#include <cstdint>

#include <filesystem>

#include <rootlayer/error.hh>

#include "base/json.hh"
#include "builder/build_job.hh"
#include "tests/support/bench.hh"

using namespace rootlayer;

namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 20;

struct Build {
    explicit Build(test::Bench& bench) : m_bench(bench) {
        spec.run.script = {"script", "true\n", true};
        spec.run.machine.acceleration = Acceleration::Tcg;
        spec.outputs = {"oci:" + layout() + ":t", bench.directory.file("layer.tar")};
    }

    std::string layout() const { return m_bench.directory.file("layout"); }
    std::string layer() const { return readFile(m_bench.directory.file("layer.tar"), "layer", kPlenty); }
    BuildResult operator()() {
        return builder::BuildJob(m_bench.engine, spec, m_bench.observer, m_bench.cancel).run();
    }
    /// A source of contents.
    std::string source() const {
        writeFile(m_bench.directory.file("source"), "from the host");
        return m_bench.directory.file("source");
    }
    bool anyOutput() const {
        return std::filesystem::exists(layout()) ||
               std::filesystem::exists(m_bench.directory.file("layer.tar"));
    }

    BuildSpec spec;

  private:
    test::Bench& m_bench;
};

std::vector<std::string> createdBy(const BuildResult& result) {
    std::vector<std::string> steps;
    const auto config = Json::parse(result.config, "config");
    for (const auto& step : config.find("history")->items())
        steps.push_back(step.find("created_by")->string().substr(0, 19));
    return steps;
}

} // namespace

TEST_CASE("each step of a build works on the layers of those before it") {
    test::Bench bench;
    Build build(bench);
    build.spec.contents = {{.source = build.source(), .destination = "/d/"}};
    const auto result = build();
    REQUIRE(result.outputs.size() == 1);
    REQUIRE(result.outputs[0].layers.size() == 2);
    CHECK(result.outputs[0].layers[0].diffId == result.contentsDiffId);
    CHECK(result.outputs[0].layers[1].diffId == sha256(bench.layer).str());
    CHECK(bench.assembled.layers.size() == 1); // the script's machine has the contents
    CHECK(createdBy(result) == std::vector<std::string>{"rootlayer: contents", "rootlayer: script s"});
    CHECK(build.layer() == bench.layer); // the bare layer is the last step's
}

TEST_CASE("without a script the contents are the new layer, and no machine is started") {
    test::Bench bench;
    Build build(bench);
    build.spec.run.script = {};
    build.spec.contents = {{.source = build.source(), .destination = "/d/"}};
    const auto result = build();
    CHECK(bench.machines == 0);
    CHECK(result.outputs[0].layers.size() == 1);
    CHECK(sha256(build.layer()).str() == result.contentsDiffId);
}

TEST_CASE("a script that changes nothing gives no layer and a line of history", "[W17]") {
    test::Bench bench;
    bench.layer = test::layerOf({});
    bench.entries = 0;
    Build build(bench);
    const auto result = build();
    CHECK(result.outputs[0].layers.empty());
    CHECK(createdBy(result).size() == 1);
    CHECK(bench.observer.notes.size() == 1);
}

TEST_CASE("a build that fails leaves no output") {
    test::Bench bench;
    Build build(bench);
    SECTION("the script") {
        bench.status = 3;
        CHECK(build().run.exitStatus == 3);
    }
    SECTION("the guest") {
        bench.entries = 9;
        CHECK_THROWS_AS(build(), Error);
    }
    SECTION("the caller") {
        build.spec.beforePublishing = [](const BuildResult&) { throw Error(ErrorCode::Input, "no"); };
        CHECK_THROWS_WITH(build(), "no");
    }
    CHECK_FALSE(build.anyOutput());
    CHECK(std::filesystem::is_empty(bench.engine.settings.temporaryDirectory));
}
