#include <catch2/catch.hpp>
#include <string>

#include <rootlayer/error.hh>

#include "builder/config_edit.hh"

using namespace rootlayer;

namespace {

constexpr auto kBase =
    R"({"architecture":"amd64","os":"linux","x-odd":1e3,"config":{"Env":["PATH=/bin","A=1","B=2"],)"
    R"("Entrypoint":["/e"],"Cmd":["c"],"Labels":{"k":"v"},"X":[1.0]},)"
    R"("rootfs":{"type":"layers","diff_ids":[]}})";

std::string edited(const ImageChanges& changes, const char* base = kBase) {
    auto config = oci::ImageConfig::parse(base, "the base's config");
    builder::editConfig(config, changes);
    return config.write();
}

bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a config that is not changed is the base's, byte for byte", "[I2][I4]") {
    CHECK(edited({}) == kBase);
}

TEST_CASE("in Env each name occurs once, and the child's value replaces the base's in its place", "[I2]") {
    ImageChanges changes;
    changes.env = {"A=9", "C=3", "C=4"};
    CHECK(has(edited(changes), R"("Env":["PATH=/bin","A=9","B=2","C=4"])"));
}

TEST_CASE("a new entrypoint takes the base's Cmd with it, unless there is a new one too", "[I2]") {
    ImageChanges changes;
    changes.entrypoint = {"/new"};
    CHECK_FALSE(has(edited(changes), "Cmd"));
    changes.cmd = {"d"};
    CHECK(has(edited(changes), R"("Cmd":["d"])"));
    ImageChanges alone;
    alone.cmd = {"d"};
    CHECK(has(edited(alone), R"("Entrypoint":["/e"],"Cmd":["d"])"));
}

TEST_CASE("labels, ports and volumes are added to the base's", "[I2]") {
    ImageChanges changes;
    changes.labels = {"k2=v=2", "k=w"};
    changes.expose = {"80", "53/udp", "8000-8001"};
    changes.volumes = {"/data"};
    const auto config = edited(changes);
    CHECK(has(config, R"("Labels":{"k":"w","k2":"v=2"})"));
    CHECK(has(config, R"("ExposedPorts":{"80/tcp":{},"53/udp":{},"8000/tcp":{},"8001/tcp":{}})"));
    CHECK(has(config, R"("Volumes":{"/data":{}})"));
}

TEST_CASE("a config from a file comes first, and keeps what it does not name", "[I2]") {
    ImageChanges changes;
    changes.configJson = R"({"Cmd":["f"],"Odd":{"n":1e2},"Env":["Z=1"]})";
    changes.env = {"Y=2"};
    const auto config = edited(changes);
    CHECK(has(config, R"("Env":["Z=1","Y=2"])"));
    CHECK(has(config, R"("Odd":{"n":1e2})"));
    CHECK(has(config, R"("X":[1.0])"));
}

TEST_CASE("invalid changes are refused, naming their option") {
    const auto refused = [](const ImageChanges& changes, const char* what) {
        CHECK_THROWS_WITH(edited(changes), Catch::Contains(what));
    };
    ImageChanges changes;
    for (const auto* port : {"0", "70000", "80/xyz", "x", "9-8", "-", ""}) {
        changes.expose = {port};
        refused(changes, "--expose");
    }
    ImageChanges volume;
    volume.volumes = {"data"};
    refused(volume, "--volume");
    ImageChanges workdir;
    workdir.workdir = "srv";
    refused(workdir, "--workdir");
    ImageChanges label;
    label.labels = {"x"};
    refused(label, "--label");
    for (const auto* json : {"[]", R"({"Cmd":"x"})", R"({"a":1,"a":2})", R"({"config":{}})", "{"}) {
        ImageChanges file;
        file.configJson = json;
        refused(file, "config");
    }
}

TEST_CASE("the times of a health check alone change the one that the base has", "[I2]") {
    constexpr auto base =
        R"({"architecture":"amd64","os":"linux","config":{"Healthcheck":{"Test":["CMD","t"],)"
        R"("Interval":1,"Odd":2}},"rootfs":{"type":"layers","diff_ids":[]}})";
    ImageChanges changes;
    changes.healthCheck = HealthCheck{.interval = std::chrono::seconds(9), .retries = 3};
    CHECK(has(edited(changes, base),
              R"("Healthcheck":{"Test":["CMD","t"],"Interval":9000000000,"Odd":2,"Retries":3})"));
    CHECK_THROWS_WITH(edited(changes), Catch::Contains("the base has none"));
    changes.configJson = R"({"Healthcheck":{"Test":["NONE"]}})";
    CHECK_THROWS_WITH(edited(changes, base), Catch::Contains("the base has none"));
}

TEST_CASE("an unknown signal is refused") {
    ImageChanges changes;
    for (const auto* signal : {"SIGTERM", "TERM", "15", "64", "SIGRTMIN+3", "RTMAX-1", "SIGWINCH"}) {
        changes.stopSignal = signal;
        CHECK_THAT(edited(changes), Catch::Contains("\"StopSignal\":\"" + std::string(signal) + "\""));
    }
    for (const auto* signal : {"SIGFOO", "sigterm", "0", "65", "-1", "", "SIGRTMIN+99", "SIG", "SIGRTMIN+"}) {
        changes.stopSignal = signal;
        CHECK_THROWS_WITH(edited(changes), Catch::Contains("--stop-signal"));
    }
}

TEST_CASE("a field of a config that no tool knows gives a warning") {
    CHECK(builder::doubtfulFields("").empty());
    CHECK(builder::doubtfulFields(R"({"Cmd":["x"],"Healthcheck":{},"Shell":[]})").empty());
    CHECK(builder::doubtfulFields(R"({"cmd":["x"],"Frob":1})") ==
          std::vector<std::string>{
              R"(--config-json has the field "cmd", which no tool knows; did you mean Cmd?)",
              R"(--config-json has the field "Frob", which no tool knows)"});
}

TEST_CASE("times in images are UTC", "[I3]") {
    CHECK(builder::timestamp(0) == "1970-01-01T00:00:00Z");
    CHECK(builder::timestamp(1767225599) == "2025-12-31T23:59:59Z");
}
