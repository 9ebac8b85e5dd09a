#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "cli/metadata_file.hh"

using namespace rootlayer;
using nlohmann::json;

TEST_CASE("the metadata of a run that gave a layer") {
    BuildSpec spec;
    spec.run.from = "tar:base.tar";
    BuildResult built;
    RunResult& result = built.run;
    result.diffId = "sha256:abc";
    result.bytes = 1024;
    result.entries = 3;
    result.accelerator = "tcg";
    result.baseLayers = {"sha256:one"};
    result.phases = {{"script", std::chrono::milliseconds(1500)}};
    const auto document = json::parse(cli::metadataOf(spec, built));
    CHECK(document["version"] == 1);
    CHECK(document["exitStatus"] == 0);
    CHECK(document["layer"] == json{{"diffId", "sha256:abc"}, {"size", 1024}, {"entries", 3}});
    CHECK(document["base"] == json{{"reference", "tar:base.tar"}, {"layers", {"sha256:one"}}});
    CHECK(document["phases"][0]["seconds"] == 1.5);
    CHECK_FALSE(document.contains("exitReason"));
}

TEST_CASE("the metadata of a script that failed has a reason and no layer") {
    BuildResult built;
    RunResult& result = built.run;
    result.exitStatus = 3;
    result.exitReason = "the script exited with status 3";
    const auto document = json::parse(cli::metadataOf({}, built));
    CHECK(document["exitStatus"] == 3);
    CHECK(document["exitReason"] == "the script exited with status 3");
    CHECK_FALSE(document.contains("layer"));
}

TEST_CASE("the metadata of a failure says at what, and what to try") {
    const auto document =
        json::parse(cli::metadataOf(Error(ErrorCode::Timeout, "too slow", "a longer --timeout"), 125));
    CHECK(document["exitStatus"] == 125);
    CHECK(document["error"] ==
          json{{"code", "timeout"}, {"message", "too slow"}, {"hint", "a longer --timeout"}});
}

TEST_CASE("names that are not UTF-8 do not break the metadata", "[B16]") {
    BuildSpec spec;
    spec.run.from = "tar:\xff.tar";
    CHECK(json::parse(cli::metadataOf(spec, {})).is_object());
}
