#include <catch2/catch.hpp>

#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "builder/closure_layers.hh"
#include "layer/layer_reader.hh"
#include "support/image_builder.hh"
#include "support/recorder.hh"

using namespace rootlayer;
using layer::Entry;
using layer::EntryType;

namespace {

/// Paths on the host, and what becomes of them.
struct Place {
    Place() {
        spec.closure.root = directory.file("root");
        spec.closure.file = directory.file("graph.json");
        spec.layered = true;
    }

    std::string file(const std::string& name, const std::string& bytes = "x") const {
        const auto path = directory.file("root" + name);
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        writeFile(path, bytes);
        return path;
    }
    void graph(const std::string& list) const { writeFile(spec.closure.file, list); }
    void addBase(const std::string& tar) {
        const auto bytes = std::make_shared<const std::string>(tar);
        const auto open = [bytes] { return std::make_unique<StringSource>(*bytes); };
        base.push_back({{sha256(tar), tar.size(), open}, open});
    }
    std::vector<image::BaseLayer> layers() {
        const builder::ClosureLayers closure(spec, {});
        return closure.layers(closure.plan(base), base, observer);
    }

    TempDir directory{"/tmp"};
    BuildSpec spec;
    std::vector<image::BaseLayer> base;
    test::Recorder observer;
};

std::map<std::string, Entry> entriesOf(const image::BaseLayer& made) {
    std::map<std::string, Entry> entries;
    const auto source = made.open();
    layer::LayerReader reader(*source);
    while (const auto read = reader.next())
        entries.emplace(read->entry.path, read->entry);
    return entries;
}

std::string namesIn(const image::BaseLayer& made) {
    std::string all;
    for (const auto& [name, entry] : entriesOf(made))
        all += name + " ";
    return all;
}

std::string listOf(const std::vector<std::string>& paths) {
    std::string list;
    for (const auto& path : paths)
        list += fmt::format(R"({}{{"path": "{}", "references": []}})", list.empty() ? "" : ",", path);
    return "[" + list + "]";
}

} // namespace

TEST_CASE("each path has a layer with the directories above it, whatever the host's owners and times are") {
    Place place;
    ::chmod(place.file("/opt/app/bin/tool", "tool").c_str(), 0750);
    place.file("/opt/other", "a file");
    place.graph(
        R"([{"path": "/opt/app", "references": ["/opt/other"]}, {"path": "/opt/other", "references": []}])");
    const auto layers = place.layers();
    REQUIRE(layers.size() == 2);
    const auto first = entriesOf(layers[0]); // equally popular: by name
    CHECK(namesIn(layers[0]) == "opt opt/app opt/app/bin opt/app/bin/tool ");
    CHECK(namesIn(layers[1]) == "opt opt/other ");
    CHECK(first.at("opt").mode == 0755);
    CHECK(first.at("opt/app/bin/tool").mode == 0750);
    CHECK(first.at("opt/app/bin/tool").uid == 0);
    CHECK(first.at("opt/app/bin/tool").mtime == 1);
}

TEST_CASE("two images that share a path share the digest of its layer") {
    Place one;
    Place two;
    for (const auto* place : {&one, &two}) {
        place->file("/opt/lib/a");
        place->file("/opt/app/a");
        place->file("/srv/tool/a");
    }
    one.graph(listOf({"/opt/lib", "/opt/app"}));
    two.graph(listOf({"/srv/tool", "/opt/lib"}));
    CHECK(one.layers()[1].diffId == two.layers()[0].diffId);
    two.spec.maxLayers = 2;
    CHECK(one.layers()[1].diffId == two.layers()[0].diffId);
}

TEST_CASE("the rest is one layer in the order of a tar") {
    Place place;
    for (const auto* name : {"/a/x", "/a-b/x", "/b/c/x", "/b/d"})
        place.file(name);
    place.graph(listOf({"/b/d", "/a-b", "/b/c", "/a"}));
    place.spec.layered = false;
    const auto layers = place.layers();
    REQUIRE(layers.size() == 1);
    CHECK(entriesOf(layers[0]).size() == 8);
    place.spec.layered = true;
    place.spec.maxLayers = 2;
    CHECK(place.layers().size() == 2);
}

TEST_CASE("hard links stay within a path, and those of a Nix store are files of their own") {
    Place place;
    const std::string stored = "/nix/store/" + std::string(32, '0') + "-a";
    for (const auto& path : {std::string("/opt/a"), stored}) {
        const auto first = place.file(path + "/1");
        REQUIRE(::link(first.c_str(), place.directory.file("root" + path + "/2").c_str()) == 0);
        REQUIRE(::link(first.c_str(), place.directory.file("root" + path + "-out").c_str()) == 0);
    }
    place.graph(listOf({"/opt/a", "/opt/a-out", stored, stored + "-out"}));
    place.spec.layered = false;
    const auto entries = entriesOf(place.layers()[0]);
    CHECK(entries.at("opt/a/2").type == EntryType::HardLink);
    CHECK(entries.at("opt/a-out").type == EntryType::File);
    CHECK(entries.at(stored.substr(1) + "/2").type == EntryType::File);
}

TEST_CASE("directories above the paths are as in the base, and a link there is an error") {
    Place place;
    place.file("/opt/app/x");
    place.graph(listOf({"/opt/app"}));
    place.addBase(test::makeTar({{"opt/", "", '5'}}));
    CHECK(entriesOf(place.layers()[0]).at("opt").mode == 0644); // as makeTar() writes it
    place.addBase(test::makeTar({{"opt", "", '2', "srv"}}));
    CHECK_THROWS_WITH(place.layers(), Catch::Contains("\"/opt\" is a symbolic link to \"srv\" in the base"));
}

TEST_CASE("the base, contents and the script take layers from the closure") {
    Place place;
    std::vector<std::string> paths;
    for (int i = 0; i < 6; ++i) {
        paths.push_back(fmt::format("/p/{}", i));
        place.file(paths.back());
    }
    place.graph(listOf(paths));
    place.addBase(test::makeTar({{"etc/", "", '5'}}));
    place.spec.contents = {{"x", ""}};
    place.spec.run.script = {"script", "true", true};
    place.spec.maxLayers = 5;
    const builder::ClosureLayers closure(place.spec, {});
    std::vector<PlannedLayer::Kind> kinds;
    for (const auto& layer : closure.plan(place.base).layers)
        kinds.push_back(layer.kind);
    using Kind = PlannedLayer::Kind;
    CHECK(kinds == std::vector<Kind>{Kind::Base, Kind::Path, Kind::Rest, Kind::Contents, Kind::Script});
    place.spec.maxLayers = 3;
    CHECK_THROWS_WITH(closure.plan(place.base), Catch::Contains("--max-layers 3 leaves no layer"));
}

TEST_CASE("a path that changes between its two readings is an error that names it") {
    Place place;
    const auto path = place.file("/opt/app/x");
    place.graph(listOf({"/opt/app"}));
    const auto layers = place.layers();
    for (const auto* bytes : {"y", "", "longer"}) {
        writeFile(path, bytes);
        CHECK_THROWS_WITH(entriesOf(layers[0]), Catch::Contains("/opt/app\" of the closure changed"));
    }
}

TEST_CASE("the closure does not lead out of its root") {
    Place place;
    place.file("/opt/x");
    std::filesystem::create_directory_symlink("/etc", place.directory.file("root/out"));
    place.graph(listOf({"/out/passwd"}));
    CHECK_THROWS_AS(place.layers(), Error);
}
