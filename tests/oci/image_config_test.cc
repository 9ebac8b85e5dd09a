#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "oci/image_config.hh"

using namespace rootlayer;
using oci::ImageConfig;

namespace {

const std::string kFirst = "sha256:" + std::string(64, '1');
const std::string kSecond = "sha256:" + std::string(64, '2');

std::string document(const std::string& history) {
    return fmt::format(
        R"({{"architecture":"amd64","os":"linux","x-vendor":{{"n":1.0}},"config":{{"Env":["A=\u0026"],)"
        R"("Cmd":["sh"],"User":"","WorkingDir":null}},"rootfs":{{"type":"layers","diff_ids":["{}"]}}{}}})",
        kFirst, history);
}

std::string failure(const std::string& bytes) {
    try {
        ImageConfig::parse(bytes, "the config");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Image);
        return error.what();
    }
    return "accepted";
}

Json history(const char* by) {
    Json entry = Json::object();
    entry.set("created_by", Json::string(by));
    return entry;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

} // namespace

TEST_CASE("a config has a platform, layers and runtime fields") {
    const auto config = ImageConfig::parse(document(""), "c");
    CHECK(config.platform().str() == "linux/amd64");
    CHECK(config.diffIds() == std::vector<Digest>{Digest::parse(kFirst)});
    CHECK(config.strings("Env") == std::vector<std::string>{"A=&"});
    CHECK(config.string("WorkingDir").empty());
    CHECK(config.strings("Entrypoint").empty());
    CHECK(config.runtime("User") != nullptr);
    CHECK(config.runtime("Labels") == nullptr);
}

TEST_CASE("fields that are not changed keep every byte, known or not", "[I2]") {
    const std::string text = document(R"(,"history":[{"created_by":"\u003ca\u003e"}])");
    auto config = ImageConfig::parse(text, "c");
    CHECK(config.write() == text);
    config.setRuntime("Cmd", Json::strings({"true"}));
    CHECK(config.write() == replaced(text, R"(["sh"])", R"(["true"])"));
}

TEST_CASE("a layer is added to diff_ids and history alike", "[I1]") {
    auto config =
        ImageConfig::parse(document(R"(,"history":[{"created_by":"a"},{"empty_layer":true}])"), "c");
    config.addLayer(Digest::parse(kSecond), history("b"));
    CHECK(config.diffIds().size() == 2);
    CHECK_THAT(config.write(), Catch::Contains(R"("diff_ids":[")" + kFirst + R"(",")" + kSecond + R"("])"));
    CHECK_THAT(config.write(),
               Catch::Contains(R"("history":[{"created_by":"a"},{"empty_layer":true},{"created_by":"b"}])"));
}

TEST_CASE("a base without history gets entries for its layers, so that both lists stay in step", "[I1]") {
    auto config = ImageConfig::parse(document(""), "c");
    config.addLayer(Digest::parse(kSecond), history("b"));
    const auto again = ImageConfig::parse(config.write(), "c");
    CHECK(again.document().find("history")->items().size() == 2);
}

TEST_CASE("a history with more layers than there are is read, and corrected for a new layer", "[I1]") {
    const std::string text =
        document(R"(,"history":[{"created_by":"a"},null,{"empty_layer":true},{"comment":"c"}])");
    auto config = ImageConfig::parse(text, "c");
    CHECK(config.write() == text);
    auto labelled = config;
    config.addLayer(Digest::parse(kSecond), history("b"));
    const auto trimmed = R"("history":[{"created_by":"a"},{"empty_layer":true},{"empty_layer":true},)"
                         R"({"comment":"c","empty_layer":true},)";
    CHECK_THAT(config.write(), Catch::Contains(trimmed + std::string(R"({"created_by":"b"}])")));
    labelled.addEmptyHistory(history("b"));
    CHECK_THAT(labelled.write(),
               Catch::Contains(trimmed + std::string(R"({"created_by":"b","empty_layer":true}])")));
}

TEST_CASE("an empty config is an image with no layers") {
    auto config = ImageConfig::empty({"linux", "arm", "v7"});
    CHECK(config.platform().str() == "linux/arm/v7");
    CHECK(config.diffIds().empty());
    config.setRuntime("User", Json::string("1"));
    CHECK(ImageConfig::parse(config.write(), "c").string("User") == "1");
}

TEST_CASE("a config without a required field is refused", "[I1][I9]") {
    CHECK_THAT(failure(replaced(document(""), R"("os":"linux",)", "")), Catch::Contains("\"os\" is missing"));
    CHECK_THAT(failure(replaced(document(""), "layers", "snaps")), Catch::Contains("\"type\""));
    CHECK_THAT(failure(replaced(document(""), kFirst, "sha256:xyz")), Catch::Contains("\"diff_ids\" 1"));
    CHECK_THAT(failure(document(R"(,"history":[7])")), Catch::Contains("number"));
    CHECK_THAT(failure(document(R"(,"Rootfs":{})")), Catch::Contains("is spelled"));
    CHECK(failure(R"({"os":"linux","architecture":"amd64"})") != "accepted");
}
