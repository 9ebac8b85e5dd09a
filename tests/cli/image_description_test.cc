#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

#include "cli/image_description.hh"

using namespace rootlayer;
using Catch::Contains;

namespace {

const std::string kFirst = "sha256:" + std::string(64, '1');
const std::string kSecond = "sha256:" + std::string(64, '2');
const std::string kStored = "sha256:" + std::string(64, '3');

ImageInfo sample() {
    ImageInfo info;
    info.names = {"a:1", "b:2"};
    info.configDigest = kStored;
    info.platform = "linux/arm/v7";
    info.env = {"PATH=/bin", "TITLE=two words"};
    info.command = {"sh", "-c", "echo \"hi\""};
    info.labels = {{"k", "v"}};
    info.healthcheck = HealthcheckInfo{{"CMD", "true"}, std::chrono::seconds(30), {}, {}, 3};
    info.layers.push_back({kFirst, kFirst, "none", 2048, 2048, LayerChanges{2, 1500, 0, 0, 0, 0, {}}});
    info.layers.push_back({kSecond, kStored, "gzip", 1024, 4096, LayerChanges{}});
    info.history.push_back({"", "ADD one", "", "", 0});
    info.history.push_back({"", "ENV x=y", "", "", {}});
    info.history.push_back({"", "", "", "the second", 1});
    return info;
}

} // namespace

TEST_CASE("an image in lines: facts in a column, layers with what made them") {
    CHECK(cli::textOf(sample()) == "names       a:1\n"
                                   "            b:2\n"
                                   "config      " +
                                       kStored +
                                       "\n"
                                       "platform    linux/arm/v7\n"
                                       "command     [\"sh\", \"-c\", \"echo \\\"hi\\\"\"]\n"
                                       "env         PATH=/bin\n"
                                       "            TITLE=two words\n"
                                       "labels      k=v\n"
                                       "healthcheck [\"CMD\", \"true\"] every 30s, 3 retries\n"
                                       "layers      2, 3.0 KiB stored, 6.0 KiB unpacked\n"
                                       "  1  " +
                                       kFirst +
                                       "\n"
                                       "     2.0 KiB\n"
                                       "     ADD one\n"
                                       "     2 added (1.5 KiB)\n"
                                       "  -  ENV x=y\n"
                                       "  2  " +
                                       kSecond +
                                       "\n"
                                       "     1.0 KiB gzip, 4.0 KiB unpacked, " +
                                       kStored +
                                       "\n"
                                       "     (the second)\n"
                                       "     changes nothing\n");
}

TEST_CASE("nothing that an image says reaches the terminal as it is", "[B16]") {
    const std::string evil = "\x1b]0;x\a\n\xff";
    auto info = sample();
    info.names = info.env = info.command = info.entrypoint = info.ports = info.volumes = {evil};
    info.author = info.created = info.user = info.workdir = info.stopSignal = info.platform = evil;
    info.labels = {{evil, evil}};
    info.healthcheck->test = {evil};
    info.history[0] = {evil, evil, evil, evil, 0};
    info.layers[0].changes->list = {{LayerChange::Kind::Removed, evil, 3, 5}};
    const auto text = cli::textOf(info, true);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\a') == std::string::npos);
    CHECK(text.find('\xff') == std::string::npos);
    CHECK_THAT(text, Contains("-        5 B \\x1b]0;x\\x07\\n\\xff and 2 names below\n"));
    // JSON escapes control characters itself, and cannot contain bytes that are not text.
    const auto json = cli::jsonOf(info);
    CHECK(json.find('\x1b') == std::string::npos);
    CHECK(json.find('\xff') == std::string::npos);
    CHECK(nlohmann::json::parse(json)["layers"][0]["changes"]["list"][0]["path"] == "\\x1b]0;x\\x07\\n\\xff");
}

TEST_CASE("long commands are cut short, unless all is wanted") {
    auto info = sample();
    info.history[0].createdBy = std::string(150, 'x') + "END";
    CHECK_THAT(cli::textOf(info), Contains("     " + std::string(97, 'x') + "...\n"));
    CHECK_THAT(cli::textOf(info, true), Contains("xEND\n"));
    // Not truncated within a character.
    info.history[0].createdBy = "x";
    for (int i = 0; i < 100; ++i)
        info.history[0].createdBy += "\u00e4";
    CHECK_THAT(cli::textOf(info), Contains("\u00e4...\n"));
}

TEST_CASE("an image for programs: what is not known is null, and layers are counted from 1") {
    auto info = sample();
    info.layers[1].bytes.reset();
    info.layers[1].changes.reset();
    const auto json = nlohmann::json::parse(cli::jsonOf(info));
    CHECK(json["version"] == 1);
    CHECK(json["names"] == nlohmann::json({"a:1", "b:2"}));
    CHECK(json["manifestDigest"].is_null());
    CHECK(json["configDigest"] == kStored);
    CHECK(json["config"]["cmd"][2] == "echo \"hi\"");
    CHECK(json["config"]["healthcheck"]["interval"] == 30'000'000'000);
    CHECK(json["layers"][0]["changes"]["added"]["names"] == 2);
    CHECK(json["layers"][1]["bytes"].is_null());
    CHECK(json["layers"][1]["changes"].is_null());
    CHECK(json["history"][1]["layer"].is_null());
    CHECK(json["history"][2]["layer"] == 2);
}
