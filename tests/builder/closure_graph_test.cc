#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "builder/closure_graph.hh"

using namespace rootlayer;

namespace {

std::vector<builder::ClosurePath> read(const std::string& json) {
    const TempDir directory{"/tmp"};
    writeFile(directory.file("graph.json"), json);
    return builder::readClosure(directory.file("graph.json"));
}

std::string faultOf(const std::string& json) {
    try {
        read(json);
    } catch (const Error& error) {
        return error.message();
    }
    return "none";
}

std::string textOf(const std::vector<builder::ClosurePath>& closure) {
    std::string text;
    for (const auto& each : closure) {
        text += each.path + ":";
        for (const auto& reference : each.references)
            text += " " + reference;
        text += "\n";
    }
    return text;
}

} // namespace

TEST_CASE("our graph, and those that Nix writes, say the same") {
    const std::string list = R"([{"path": "/b", "narHash": "sha256:x", "narSize": 1, "references": []},)"
                             R"( {"path": "/a", "references": ["/a", "/b"]}])";
    const std::string expected = "/a: /a /b\n/b:\n";
    CHECK(textOf(read(R"({"paths": )" + list + "}")) == expected);
    CHECK(textOf(read(list)) == expected);
    // The attributes of a build, with two graphs.
    CHECK(textOf(read(R"({"exportReferencesGraph": {"g": ["/a"]}, "g": )" + list +
                      R"(, "h": [{"path": "/b", "references": []}], "builder": "/b"})")) == expected);
    // nix path-info --json of Nix 2.19 and later.
    CHECK(textOf(read(R"({"/b": {"references": []}, "/a": {"references": ["/a", "/b"], "narSize": 7}})")) ==
          expected);
    CHECK(textOf(read(R"({"paths": )" + list + R"(, "without": ["/b"]})")) == "/a: /a\n");
    CHECK(read("[]").empty());
    CHECK(read(R"({"paths": []})").empty());
}

TEST_CASE("a graph that cannot be one is refused with the name of the path") {
    using Catch::Contains;
    CHECK_THAT(faultOf("7"), Contains("neither a list nor an object"));
    CHECK_THAT(faultOf("{}"), Contains("has no list of paths"));
    CHECK_THAT(faultOf(R"([{"references": []}])"), Contains("no text \"path\" in item 1"));
    CHECK_THAT(faultOf(R"([{"path": "/a"}])"), Contains("no list \"references\" for the path \"/a\""));
    CHECK_THAT(faultOf(R"([{"path": "/a", "references": [1]}])"), Contains("no text"));
    CHECK_THAT(faultOf(R"([{"path": "/a", "references": []}, {"path": "/a", "references": []}])"),
               Contains("\"/a\" twice"));
    CHECK_THAT(faultOf(R"([{"path": "/a/b", "references": []}, {"path": "/a-b", "references": []},
                           {"path": "/a", "references": []}])"),
               Contains("\"/a/b\", which is inside \"/a\""));
    CHECK_THAT(faultOf(R"([{"path": "/a", "references": ["/b"]}])"),
               Contains("from \"/a\" to \"/b\", which is not in the graph"));
    for (const auto* path : {"a", "/", "", "/a/", "/../a", "/a/./b", "//a"}) {
        CHECK_THAT(faultOf(std::string(R"([{"path": ")") + path + R"(", "references": []}])"),
                   Contains("not below the root"));
    }
    CHECK_THAT(faultOf(R"([{"path": "/a/.wh.b", "references": []}])"), Contains("deletion"));
}

TEST_CASE("all missing paths are named at once") {
    const TempDir directory{"/tmp"};
    writeFile(directory.file("there"), "");
    const std::vector<builder::ClosurePath> closure{{"/gone", {}}, {"/there", {}}, {"/x/y", {}}};
    CHECK_THROWS_WITH(builder::requirePresent(closure, directory.path()),
                      Catch::Contains("\"/gone\", \"/x/y\"") && !Catch::Contains("there\""));
}
