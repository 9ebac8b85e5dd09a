#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include <rootlayer/error.hh>
#include <rootlayer/verify.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "tests/layer/hostile_tar.hh"
#include "tests/layer/sample_layer.hh"
#include "tests/support/image_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

class Verified final {
  public:
    Verified() { m_settings.temporaryDirectory = m_directory.path(); }

    std::string write(const std::string& name, const std::string& bytes) const {
        const auto path = m_directory.file(name);
        writeFile(path, bytes);
        return path;
    }

    Verification operator()(const std::string& what, const VerifyOptions& options = {}) {
        deviations.clear();
        return verify(
            what, m_settings, [&](const Deviation& deviation) { deviations.push_back(deviation); }, options);
    }

    /// "LAYER RULE", each once in a row.
    std::vector<std::string> rules() const {
        std::vector<std::string> lines;
        for (const auto& deviation : deviations) {
            auto line = std::to_string(deviation.layer) + " " + deviation.rule;
            if (lines.empty() || lines.back() != line) lines.push_back(std::move(line));
        }
        return lines;
    }

    std::vector<Deviation> deviations;

  private:
    TempDir m_directory{"/tmp"};
    Settings m_settings;
};

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a layer of ours is clean, plain and compressed", "[T12]") {
    Verified verified;
    const auto tar = tarOf(sampleLayer());
    for (const auto& bytes : {tar, gzipped(tar), zstdCompressed(tar)}) {
        const auto result = verified(verified.write("layer.tar", bytes));
        CHECK_FALSE(result.image);
        CHECK(result.deviations == 0);
        CHECK(result.entries == sampleLayer().size());
        CHECK(result.diffIds == Lines{sha256(tar).str()});
    }
}

TEST_CASE("a layer's faults come with the entry's number and name") {
    Verified verified;
    const auto result = verified(verified.write("x.tar", uncheckedTar({file("b"), file("a")})));
    CHECK(result.deviations == 1);
    REQUIRE(verified.deviations.size() == 1);
    CHECK(verified.deviations[0].entry == 2);
    CHECK(verified.deviations[0].name == "a");
    CHECK(verified.deviations[0].rule == "T1");
}

TEST_CASE("a layer that is missing, or whose compression is damaged, is an error") {
    Verified verified;
    CHECK_THROWS_AS(verified("/no/such/layer.tar"), Error);
    const auto damaged = gzipped(tarOf(sampleLayer())).substr(0, 100);
    CHECK_THROWS_AS(verified(verified.write("layer.tar.gz", damaged)), Error);
}

TEST_CASE("an image whose documents and digests agree is clean", "[I1][I13]") {
    Verified verified;
    ImageBuilder image;
    image.layer(tarOf(sampleLayer())).fileLayer("etc/issue", "hello");
    const auto result =
        verified("docker-archive:" + verified.write("image.tar", makeTar(image.dockerArchive())));
    CHECK(result.image);
    CHECK(result.layers == 2);
    CHECK(result.deviations == 0);
    CHECK(result.diffIds.size() == 2);
}

TEST_CASE("a layer that does not match its diff_id is a deviation of that layer", "[I13]") {
    Verified verified;
    ImageBuilder image;
    image.fileLayer("a", "first").fileLayer("b", "second").fileLayer("c", "third");
    auto members = image.dockerArchive();
    for (auto& member : members) {
        if (member.data == image.tars()[1]) member.data[512] ^= 1;
    }
    const auto result = verified("docker-archive:" + verified.write("image.tar", makeTar(members)));
    CHECK(verified.rules() == Lines{"2 I13"});
    CHECK(result.layers == 3);
}

TEST_CASE("an image's layers are checked against the rules for our own layers on request") {
    Verified verified;
    ImageBuilder image;
    image.layer(tarOf(sampleLayer())).layer(uncheckedTar({file("b"), file("a")}));
    const auto path = "docker-archive:" + verified.write("image.tar", makeTar(image.dockerArchive()));
    CHECK(verified(path).deviations == 0);
    verified(path, {.layersToo = true});
    CHECK(verified.rules() == Lines{"2 T1"});
}

TEST_CASE("a layer that has no end, or is followed by data, is reported", "[T10][B14][B17]") {
    Verified verified;
    const auto tar = tarOf({fileWith("a", "x")});
    ImageBuilder image;
    image.layer(tar.substr(0, tar.size() - 1024))
        .layer("")
        .layer(tar + tar)
        .layer(tar + std::string(9216, '\0'));
    const auto result =
        verified("docker-archive:" + verified.write("image.tar", makeTar(image.dockerArchive())));
    CHECK(verified.rules() == Lines{"1 T10", "2 T10", "3 T10"});
    CHECK(result.layers == 4);
    CHECK(result.diffIds[2] == sha256(tar + tar).str());
}

TEST_CASE("a history out of step and a duplicate name in Env are deviations", "[I1][I2]") {
    Verified verified;
    ImageBuilder image;
    image.fileLayer("a", "first").fileLayer("b", "second");
    image.editConfig = [](Json& config) {
        config.set("history", Json::array()).append(Json::object());
        auto runtime = Json::object();
        runtime.set("Env", Json::strings({"A=1", "B=2", "A=3"}));
        config.set("config", std::move(runtime));
    };
    verified("docker-archive:" + verified.write("image.tar", makeTar(image.dockerArchive())));
    CHECK(verified.rules() == Lines{"0 I1", "0 I2"});
}

TEST_CASE("a history that is longer than the layers, or has null entries, is reported", "[I1]") {
    Verified verified;
    ImageBuilder image;
    image.fileLayer("a", "first");
    image.editConfig = [](Json& config) {
        auto& history = config.set("history", Json::array());
        history.append(Json::null());
        history.append(Json::object());
    };
    verified("docker-archive:" + verified.write("image.tar", makeTar(image.dockerArchive())));
    CHECK(verified.rules() == Lines{"0 I1"});
    CHECK(verified.deviations.size() == 2);
}

TEST_CASE("invalid documents are a deviation, and a missing archive is an error", "[I9]") {
    Verified verified;
    ImageBuilder image;
    image.fileLayer("a", "first");
    auto members = image.dockerArchive();
    find(members, "manifest.json").data = "[{}]";
    verified("docker-archive:" + verified.write("image.tar", makeTar(members)));
    CHECK(verified.rules() == Lines{"0 I9"});
    CHECK_THROWS_AS(verified("docker-archive:/no/such/image.tar"), Error);
}
