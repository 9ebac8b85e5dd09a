#include <catch2/catch.hpp>

#include <string>

#include <rootlayer/error.hh>
#include <rootlayer/inspect.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "tests/support/image_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using Catch::Contains;

namespace {

Json parsed(const std::string& json) {
    return Json::parse(json, "a test's JSON");
}

/// An image with a config that has everything.
ImageBuilder sample() {
    ImageBuilder builder;
    builder.tags = {"tag"};
    builder.fileLayer("a", "first", gzipped).fileLayer("a", "second!");
    builder.editConfig = [](Json& config) {
        config.set("created", Json::string("2020-01-02T03:04:05Z"));
        config.set("author", Json::string("Somebody"));
        config.set("config", parsed(R"({"Env":["A=1"],"Cmd":["c"],"Entrypoint":["e","f"],"User":"u:g",
            "WorkingDir":"/w","Labels":{"l":"1"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},
            "StopSignal":"SIGINT","Shell":["s"],
            "Healthcheck":{"Test":["CMD","t"],"Interval":5000000000,"Timeout":1,"StartPeriod":2,"Retries":3}})"));
        config.set("history", parsed(R"([{"created_by":"one"},{"created_by":"env","empty_layer":true},
            {"created_by":"two","comment":"c"}])"));
    };
    return builder;
}

class Inspected final {
  public:
    Inspected() { settings.temporaryDirectory = m_directory.path(); }
    std::string layout(const ImageBuilder& builder) const {
        makeDirectories(m_directory.file("layout"));
        writeMembers(m_directory.file("layout"), builder.ociLayout());
        return "oci:" + m_directory.file("layout");
    }
    std::string write(const std::string& prefix, const std::string& bytes) const {
        writeFile(m_directory.file("file"), bytes);
        return prefix + m_directory.file("file");
    }
    Settings settings;

  private:
    TempDir m_directory{"/tmp"};
};

} // namespace

TEST_CASE("inspect returns all that the documents contain", "[I1][I2]") {
    const Inspected place;
    const auto builder = sample();
    const auto info = inspect(place.layout(builder), place.settings);
    CHECK(info.names == std::vector<std::string>{"tag"});
    CHECK(info.manifestDigest == builder.manifestDigest().str());
    CHECK(info.configDigest == builder.configDigest().str());
    CHECK(info.platform == "linux/amd64");
    CHECK(info.created == "2020-01-02T03:04:05Z");
    CHECK(info.author == "Somebody");
    CHECK(info.env == std::vector<std::string>{"A=1"});
    CHECK(info.entrypoint == std::vector<std::string>{"e", "f"});
    CHECK(info.command == std::vector<std::string>{"c"});
    CHECK(info.shell == std::vector<std::string>{"s"});
    CHECK(info.user == "u:g");
    CHECK(info.workdir == "/w");
    CHECK(info.stopSignal == "SIGINT");
    CHECK(info.ports == std::vector<std::string>{"80/tcp"});
    CHECK(info.volumes == std::vector<std::string>{"/v"});
    CHECK(info.labels == std::map<std::string, std::string>{{"l", "1"}});
    REQUIRE(info.healthcheck);
    CHECK(info.healthcheck->interval == std::chrono::seconds(5));
    CHECK(info.healthcheck->retries == 3);
    REQUIRE(info.history.size() == 3);
    CHECK(info.history[0].layer == 0);
    CHECK_FALSE(info.history[1].layer);
    CHECK(info.history[2].layer == 1);
    CHECK(info.history[2].comment == "c");
}

TEST_CASE("layers have the known sizes, and all sizes after they were read", "[I1]") {
    const Inspected place;
    const auto builder = sample();
    const auto reference = place.layout(builder);
    auto info = inspect(reference, place.settings);
    REQUIRE(info.layers.size() == 2);
    CHECK(info.layers[0].compression == "gzip");
    CHECK(info.layers[0].storedBytes == builder.stored()[0].size());
    CHECK(info.layers[0].digest == sha256(builder.stored()[0]).str());
    CHECK(info.layers[0].diffId == sha256(builder.tars()[0]).str());
    CHECK_FALSE(info.layers[0].bytes);
    CHECK(info.layers[1].bytes == builder.tars()[1].size());
    CHECK_FALSE(info.layers[1].changes);

    InspectOptions options;
    options.readLayers = true;
    info = inspect(reference, place.settings, options);
    CHECK(info.layers[0].bytes == builder.tars()[0].size());
    REQUIRE(info.layers[1].changes);
    CHECK(info.layers[0].changes->added == 1);
    CHECK(info.layers[0].changes->addedBytes == 5);
    CHECK(info.layers[1].changes->changed == 1);
    CHECK(info.layers[1].changes->changedBytes == 7);
    CHECK(info.layers[1].changes->list.empty());

    options.listChanges = true;
    info = inspect(reference, place.settings, options);
    REQUIRE(info.layers[1].changes->list.size() == 1);
    CHECK(info.layers[1].changes->list[0].kind == LayerChange::Kind::Changed);
    CHECK(info.layers[1].changes->list[0].path == "a");
}

TEST_CASE("a layer that does not match its diff_id is found when it is read, and named", "[I13][A6]") {
    const Inspected place;
    auto members = sample().ociLayout();
    auto& layer = find(members, "blobs/sha256/" + sha256(sample().stored()[1]).hex()).data;
    layer[600] ^= 1;
    makeDirectories(place.settings.temporaryDirectory + "/layout");
    writeMembers(place.settings.temporaryDirectory + "/layout", members);
    const auto reference = "oci:" + place.settings.temporaryDirectory + "/layout";
    CHECK_NOTHROW(inspect(reference, place.settings));
    InspectOptions options;
    options.readLayers = true;
    CHECK_THROWS_WITH(inspect(reference, place.settings, options), Contains("layer 2 (sha256:"));
}

TEST_CASE("an image whose history has more layers than there are can be inspected", "[I1]") {
    const Inspected place;
    ImageBuilder image;
    image.fileLayer("f", "x");
    image.editConfig = [](Json& config) { config.set("history", parsed(R"([null,{"created_by":"b"}])")); };
    const auto info = inspect(place.write("docker-archive:", makeTar(image.dockerArchive())), place.settings);
    REQUIRE(info.history.size() == 2);
    CHECK(info.history[0].layer == 0);
    CHECK_FALSE(info.history[1].layer);
    CHECK(info.history[1].createdBy == "b");
}

TEST_CASE("an image without history, or without anything, can be inspected") {
    const Inspected place;
    const auto nothing = inspect("scratch", place.settings);
    CHECK(nothing.layers.empty());
    CHECK(nothing.manifestDigest.empty());
    ImageBuilder bare;
    bare.tags = {"n:t"};
    bare.fileLayer("f", "x");
    bare.editConfig = [](Json& config) { config.erase("history"); };
    const auto info = inspect(place.write("docker-archive:", makeTar(bare.dockerArchive())), place.settings);
    CHECK(info.names == std::vector<std::string>{"n:t"});
    CHECK(info.history.empty());
    CHECK(info.layers.size() == 1);
}

TEST_CASE("an image of any platform can be inspected, and the requested one is chosen", "[I10]") {
    const Inspected place;
    ImageBuilder builder;
    builder.platform = {"linux", "arm64", ""};
    builder.fileLayer("f", "x");
    const auto reference = place.layout(builder);
    CHECK_THROWS_AS(inspect(reference, place.settings), Error);
    InspectOptions options;
    options.platform = "linux/arm64";
    CHECK(inspect(reference, place.settings, options).platform == "linux/arm64");
}
