#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "layer/diff.hh"
#include "layer/layer_reader.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"
#include "sample_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

/// "path: field a b"
std::vector<std::string> differences(const Items& a, const Items& b) {
    const auto tarA = tarOf(a);
    const auto tarB = tarOf(b);
    StringSource sourceA(tarA);
    StringSource sourceB(tarB);
    std::vector<std::string> lines;
    const auto count = compareLayers(sourceA, sourceB, [&](const Difference& difference) {
        lines.push_back(difference.path + ": " + difference.field + " " + difference.a + " " + difference.b);
    });
    CHECK(count == lines.size());
    return lines;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a layer does not differ from itself", "[T12]") {
    CHECK(differences(sampleLayer(), sampleLayer()).empty());
    CHECK(differences({}, {}).empty());
}

TEST_CASE("what only one layer has is reported in layer order", "[T1]") {
    CHECK(differences({{whiteoutEntry("x")}, {directory("a")}, {file("a/1")}, {file("c")}},
                      {{directory("a")}, {file("a/2")}, {symlinkTo("b", "t")}, {file("c")}}) ==
          Lines{".wh.x: presence whiteout -", "a/1: presence file -", "a/2: presence - file",
                "b: presence - symlink"});
    CHECK(differences({}, {{file("a")}}) == Lines{"a: presence - file"});
}

TEST_CASE("every field of an entry that differs is reported", "[T12]") {
    const auto base = fileWith("f", "1");
    const auto changed = [&](const std::function<void(Entry&)>& change) {
        auto copy = base;
        change(copy.entry);
        return differences({base}, {copy});
    };
    CHECK(changed([](Entry& entry) { entry.mode = 04755; }) == Lines{"f: mode 0644 4755"});
    CHECK(changed([](Entry& entry) { entry.uid = 1; }) == Lines{"f: uid 0 1"});
    CHECK(changed([](Entry& entry) { entry.gid = 2; }) == Lines{"f: gid 0 2"});
    CHECK(changed([](Entry& entry) { entry.mtime = 3; }) == Lines{"f: mtime 1700000000 3"});
    CHECK(changed([](Entry& entry) { entry.xattrs["user.x"] = "\n"; }) == Lines{"f: xattr user.x - \"\\n\""});
    CHECK(differences({{symlinkTo("s", "a")}}, {{symlinkTo("s", "b")}}) == Lines{"s: link \"a\" \"b\""});
    CHECK(differences({{device("d", EntryType::BlockDevice, 7, 0)}},
                      {{device("d", EntryType::BlockDevice, 7, 1)}}) == Lines{"d: device 7:0 7:1"});
    CHECK(differences({{file("d")}}, {{directory("d")}}) == Lines{"d: type file directory"});
}

TEST_CASE("contents of the same size are distinguished by their digest", "[T12]") {
    const auto lines = differences({fileWith("f", "1")}, {fileWith("f", "2")});
    CHECK(lines == Lines{"f: content " + sha256("1").str() + " " + sha256("2").str()});
    CHECK(differences({fileWith("f", "1")}, {fileWith("f", "22")}).size() == 2);
}

TEST_CASE("a layer that is not canonical is named", "[A8]") {
    const auto good = tarOf({{file("a")}});
    StringSource first(good);
    StringSource second(std::string_view(good).substr(0, 700));
    CHECK(errorOf([&] { compareLayers(first, second, [](const Difference&) {}); }) ==
          "the second layer: layer entry 1, \"a\": it is truncated: it has 700 bytes and no end");
}

TEST_CASE("a layer is read entry by entry, with the digests of contents", "[T1]") {
    const auto tar = tarOf(sampleLayer());
    StringSource source(tar);
    LayerReader reader(source);
    for (const auto& [entry, data] : sampleLayer()) {
        const auto read = reader.next();
        REQUIRE(read);
        CHECK(read->entry == entry);
        CHECK(read->content == (entry.type == EntryType::File ? sha256(data) : Digest()));
    }
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.next());
}
