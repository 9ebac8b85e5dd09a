#include <catch2/catch.hpp>
#include <cstdint>

#include <algorithm>
#include <numeric>

#include "converted.hh"
#include "support/tar_builder.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;
using layer::EntryType;

TEST_CASE("a whiteout in the tar is a whiteout of overlayfs on the disk", "[B1]") {
    const auto below = TarBuilder().directory("d").file("d/gone", "x").str();
    const auto above = TarBuilder().directory("d").file("d/.wh.gone", "").file("d/here", "x").str();
    const auto disk = Converted({below, above}).top();
    CHECK(disk.at("d/gone").isWhiteout());
    CHECK(disk.at("d/here").content == "x");
    CHECK_FALSE(disk.contains("d/.wh.gone"));
}

TEST_CASE("every name that a file can have can be whited out", "[B1][T9]") {
    std::string deep = std::string(255, 'd');
    while (deep.size() < 4095 - 256)
        deep += "/" + std::string(255, 'd');
    const auto name = std::string(4095 - deep.size() - 1, 'n');
    const auto path = deep + "/" + name;
    const std::string wide(255, 'w');
    const std::vector<std::string> tars{
        TarBuilder().file(path, "x").file(wide, "x").str(),
        TarBuilder().file(deep + "/.wh." + name, "").file(".wh." + wide, "").str(),
        TarBuilder().file(deep + "/.wh..wh..opq", "").str(), TarBuilder().file("unrelated", "x").str()};
    const auto disk = Converted({tars[0], tars[1]}).top();
    CHECK(disk.at(path).isWhiteout());
    CHECK(disk.at(wide).isWhiteout());
    // As a part of a disk of several layers, where the path has one component more.
    const Converted bundled(tars);
    REQUIRE(bundled.disks.size() == 1);
    CHECK(bundled.top().at("1/" + path).isWhiteout());
    CHECK(bundled.top().at("2/" + deep).isOpaque());
}

TEST_CASE("a whiteout of nothing is not on the disk, where a directory's listing would show it", "[B1]") {
    const auto disk = converted(TarBuilder().directory("d").file("d/.wh.nothing", "").str());
    CHECK_FALSE(disk.contains("d/nothing"));
}

TEST_CASE("an opaque marker makes its directory opaque wherever it stands", "[B2]") {
    const auto before = TarBuilder().file("d/.wh..wh..opq", "").directory("d").file("d/a", "x").str();
    const auto after = TarBuilder().directory("d").file("d/a", "x").file("d/.wh..wh..opq", "").str();
    CHECK(converted(before).at("d").isOpaque());
    CHECK(converted(before) == converted(after));
}

TEST_CASE("whiteouts in an opaque directory are dropped: there is nothing to hide", "[B2]") {
    const auto bottom =
        TarBuilder().directory("d").file("d/x", "x").directory("d/e", 0700).file("d/e/y", "x").str();
    const auto top = TarBuilder()
                         .directory("d")
                         .file("d/.wh.x", "")
                         .file("d/.wh..wh..opq", "")
                         .file("d/e/.wh.y", "")
                         .str();
    const auto disk = Converted({bottom, top}).top();
    CHECK(disk.at("d").isOpaque());
    // The layers below are hidden, so a directory without an entry does not get their attributes.
    CHECK(disk.at("d/e").entry.mode == 0755);
    CHECK_FALSE(disk.contains("d/x"));
    CHECK_FALSE(disk.contains("d/e/y"));
}

TEST_CASE("an opaque marker at the root is ignored, as docker and podman do", "[B2]") {
    const auto disk = converted(TarBuilder().file(".wh..wh..opq", "").file("a", "x").str());
    CHECK_FALSE(disk.at("").isOpaque());
    CHECK(disk.at("a").content == "x");
}

TEST_CASE("a directory without an entry has the attributes of the nearest lower layer", "[B3]") {
    auto attributed =
        layer::Entry{.path = "a/b", .type = EntryType::Directory, .mode = 01770, .uid = 7, .gid = 8};
    attributed.mtime = 3333;
    attributed.xattrs["user.k"] = "v";
    const auto bottom = TarBuilder().directory("", 0711, 9).directory("a", 0700, 5).add(attributed).str();
    const auto middle = TarBuilder().file("other", "x").str();
    const auto disk = Converted({bottom, middle, TarBuilder().file("a/b/c", "x").str()}).top();
    CHECK(disk.at("a").entry.mode == 0700);
    CHECK(disk.at("a").entry.uid == 5);
    CHECK(disk.at("a/b").entry.mode == 01770);
    CHECK(disk.at("a/b").entry.gid == 8);
    CHECK(disk.at("a/b").entry.mtime == 3333);
    CHECK(disk.at("a/b").entry.xattrs.at("user.k") == "v");
    CHECK(disk.at("").entry.mode == 0711);
    CHECK(disk.at("").entry.uid == 9);
}

TEST_CASE("every lower directory is found, however its name sorts", "[B3][B16]") {
    const std::vector<std::string> names{"a", "a/b", "a/b/c", "a-b", "a b", "a\xff", "aa", "a.d", "B", "z/"};
    TarBuilder bottom;
    TarBuilder top;
    std::uint32_t uid = 1;
    for (const auto& name : names)
        bottom.directory(name, 0700, uid++);
    for (const auto& name : names)
        top.file(name + "/f", "x");
    const auto disk = Converted({bottom.str(), top.str()}).top();
    uid = 1;
    for (auto name : names) {
        if (name.ends_with('/')) name.pop_back();
        CHECK(disk.at(name).entry.uid == uid++);
    }
}

TEST_CASE("a directory without an entry anywhere is root's, with 0755", "[B3]") {
    const auto disk = converted(TarBuilder().file("a/b/c", "x").str());
    CHECK(disk.at("a/b").entry.mode == 0755);
    CHECK(disk.at("a/b").entry.uid == 0);
    CHECK(disk.at("a/b").entry.mtime == 0);
}

TEST_CASE("a lower directory that was deleted or hidden in between gives no attributes", "[B3]") {
    const auto bottom = TarBuilder().directory("d", 0700).directory("d/e", 0700).str();
    const auto top = TarBuilder().file("d/e/f", "x").str();
    for (const auto& between : {TarBuilder().file(".wh.d", "").str(), TarBuilder().file("d", "a file").str(),
                                TarBuilder().directory("d", 0700).file("d/.wh..wh..opq", "").str()}) {
        CHECK(Converted({bottom, between, top}).top().at("d/e").entry.mode == 0755);
    }
}

TEST_CASE("a child below a file of a lower layer makes that a directory", "[B4]") {
    const auto disk =
        Converted({TarBuilder().file("x", "a file", 0600).str(), TarBuilder().file("x/y", "z").str()}).top();
    CHECK(disk.at("x").entry.type == EntryType::Directory);
    CHECK(disk.at("x").entry.mode == 0755);
    CHECK(disk.at("x/y").content == "z");
}

TEST_CASE("a name deleted and made again as a directory is an opaque directory", "[B5]") {
    const auto tar = TarBuilder().file(".wh.x", "").file("x/y", "z").str();
    const auto disk = Converted({TarBuilder().directory("x", 0700).file("x/old", "o").str(), tar}).top();
    CHECK(disk.at("x").isOpaque());
    CHECK(disk.at("x").entry.mode == 0755);
    const auto reversed = converted(TarBuilder().directory("x").file("x/y", "z").file(".wh.x", "").str());
    CHECK(reversed.at("x").isOpaque());
}

TEST_CASE("a whiteout beside an entry of its name is dropped", "[B5]") {
    CHECK(converted(TarBuilder().file(".wh.x", "").file("x", "new").str()).at("x").content == "new");
    CHECK(converted(TarBuilder().file("x", "new").file(".wh.x", "").str()).at("x").content == "new");
}

TEST_CASE("attributes of overlayfs itself are stripped", "[B6]") {
    layer::Entry entry{.path = "d", .type = EntryType::Directory, .mode = 0755};
    entry.xattrs = {{"trusted.overlay.opaque", "y"}, {"trusted.overlay.redirect", "/etc"},
                    {"user.overlay.opaque", "y"},    {"trusted.overlay.metacopy", "x"},
                    {"user.mine", "kept"},           {"trusted.mine", "kept"}};
    const auto disk = converted(TarBuilder().add(entry).str());
    CHECK(disk.at("d").entry.xattrs ==
          std::map<std::string, std::string>{{"user.mine", "kept"}, {"trusted.mine", "kept"}});
}

TEST_CASE("names of every spelling mean the path inside the root", "[B9][A1]") {
    const auto disk = converted(TarBuilder()
                                    .file("./a", "1")
                                    .file("/b", "2")
                                    .file("../../c", "3")
                                    .file("x/../d", "4")
                                    .file("e//./f", "5")
                                    .directory("./g/")
                                    .str());
    CHECK(disk.at("a").content == "1");
    CHECK(disk.at("b").content == "2");
    CHECK(disk.at("c").content == "3");
    CHECK(disk.at("d").content == "4");
    CHECK(disk.at("e/f").content == "5");
    CHECK(disk.at("g").entry.type == EntryType::Directory);
    CHECK(disk.size() == 8);
}

TEST_CASE("hard links within a layer are hard links, whichever comes first", "[B10][B15]") {
    const auto disk = converted(TarBuilder().link("a", "./z").file("z", "data").link("m", "/a").str());
    CHECK(disk.at("a").content + disk.at("m").content + disk.at("z").content == "data");
    int links = 0;
    for (const auto& [path, found] : disk)
        links += found.entry.type == EntryType::HardLink ? 1 : 0;
    CHECK(links == 2);
}

TEST_CASE("a hard link's target is found through the directories that links lead to", "[B10]") {
    for (const bool first : {true, false}) {
        TarBuilder tar;
        if (first) tar.link("b", "s/a");
        tar.directory("u").file("u/a", "data").symlink("s", "u");
        if (!first) tar.link("b", "/s/a");
        const auto disk = converted(tar.link("t", "s").str());
        CHECK(disk.at("b").content + disk.at("u/a").content == "data");
        CHECK((disk.at("b").entry.type == EntryType::HardLink) !=
              (disk.at("u/a").entry.type == EntryType::HardLink));
        // The last name is not followed.
        CHECK(disk.at("t").entry.linkTarget == (disk.at("t").entry.type == EntryType::HardLink ? "s" : "u"));
    }
}

TEST_CASE("an entry below a symbolic link of its layer lies where that leads", "[B18][A1]") {
    const auto below = TarBuilder().file("usr/lib/gone", "x").file("opt/old", "x").str();
    const auto above = TarBuilder()
                           .directory("usr/lib", 0711)
                           .symlink("lib", "usr/lib")
                           .symlink("abs", "/opt")
                           .symlink("far", "../../../etc/./x/..")
                           .symlink("usr/up", "../../lib/sub")
                           .file("lib/f", "1")
                           .directory("lib/sub", 0700)
                           .file("lib/.wh.gone", "")
                           .file("abs/.wh..wh..opq", "")
                           .file("far/passwd", "2")
                           .file("usr/up/deep", "3")
                           .link("lib/hard", "lib/f")
                           .str();
    const auto disk = Converted({below, above}).top();
    CHECK(disk.at("usr/lib/f").content + disk.at("usr/lib/hard").content == "1");
    CHECK(disk.at("usr/lib").entry.mode == 0711);
    CHECK(disk.at("usr/lib/sub").entry.mode == 0700);
    CHECK(disk.at("usr/lib/gone").isWhiteout());
    CHECK(disk.at("opt").isOpaque());
    CHECK(disk.at("etc/passwd").content == "2");
    CHECK(disk.at("usr/lib/sub/deep").content == "3");
    CHECK(disk.at("lib").entry.linkTarget == "usr/lib");
    CHECK_FALSE(disk.contains("etc/x"));
    CHECK(disk.size() == 15);
}

TEST_CASE("an entry with the name of a link replaces it", "[B18][B11]") {
    const auto disk = converted(TarBuilder()
                                    .directory("d")
                                    .symlink("a", "d")
                                    .directory("a", 0700)
                                    .file("a/f", "x")
                                    .symlink("b", "d")
                                    .file("b", "y")
                                    .str());
    CHECK(disk.at("a/f").content == "x");
    CHECK(disk.at("a").entry.mode == 0700);
    CHECK(disk.at("b").content == "y");
    CHECK_FALSE(disk.contains("d/f"));
}

// docker, podman and containerd extract each layer into its own directory, so they do not see lower links.
TEST_CASE("a symbolic link of a lower layer is not followed", "[B4][B18]") {
    const auto below = TarBuilder().directory("usr/lib").symlink("lib", "usr/lib").str();
    const auto disk = Converted({below, TarBuilder().file("lib/x", "x").str()}).top();
    CHECK(disk.at("lib").entry.type == EntryType::Directory);
    CHECK(disk.at("lib/x").content == "x");
}

TEST_CASE("a hard link to a file of a lower layer becomes its copy", "[B10]") {
    const auto bottom = TarBuilder().file("d/orig", "old data", 04755).symlink("sym", "to").str();
    const auto middle = TarBuilder().file("unrelated", "x").str();
    const auto top = TarBuilder().link("copy", "d/orig").link("copy2", "d/orig").link("s", "sym").str();
    const auto disk = Converted({bottom, middle, top}).top();
    CHECK(disk.at("copy").content == "old data");
    CHECK(disk.at("copy").entry.mode == 04755);
    CHECK(disk.at("copy").entry.mtime == 1000);
    CHECK(disk.at("copy2").entry.linkTarget == "copy");
    CHECK(disk.at("s").entry.type == EntryType::Symlink);
    CHECK(disk.at("s").entry.linkTarget == "to");
}

TEST_CASE("of duplicate names the last one wins", "[B11]") {
    const auto disk = converted(TarBuilder()
                                    .file("a", "first")
                                    .file("b", "B")
                                    .directory("d", 0700)
                                    .file("d/x", "kept")
                                    .file("a", "second", 0600)
                                    .directory("d", 0711)
                                    .file("c", "third time")
                                    .file("c", "")
                                    .str());
    CHECK(disk.at("a").content == "second");
    CHECK(disk.at("a").entry.mode == 0600);
    CHECK(disk.at("b").content == "B");
    CHECK(disk.at("d").entry.mode == 0711);
    CHECK(disk.at("d/x").content == "kept");
    CHECK(disk.at("c").content.empty());
}

TEST_CASE("a later entry of another type replaces the earlier one completely", "[B11]") {
    const auto disk = converted(TarBuilder()
                                    .directory("d")
                                    .file("d/lost", "x")
                                    .file("d", "a file now")
                                    .file("f", "x")
                                    .directory("f")
                                    .file("f/in", "y")
                                    .file("s", "x")
                                    .symlink("s", "t")
                                    .str());
    CHECK(disk.at("d").content == "a file now");
    CHECK_FALSE(disk.contains("d/lost"));
    CHECK(disk.at("f/in").content == "y");
    CHECK(disk.at("s").entry.linkTarget == "t");
}

// As docker's overlay2 applies it: the opaque mark disappears with its directory.
TEST_CASE("a directory made again in a file's place is not opaque for what stood there first", "[B11]") {
    const auto below = TarBuilder().directory("d").file("d/lower", "x").str();
    const auto above =
        TarBuilder().directory("d").file("d/.wh..wh..opq", "").file("d", "a file").directory("d", 0711).str();
    const auto disk = Converted({below, above}).top();
    CHECK(disk.at("d").entry.mode == 0711);
    CHECK_FALSE(disk.at("d").isOpaque());
}

TEST_CASE("a file whose first name was taken over lives on under its link", "[B11]") {
    const auto disk = converted(
        TarBuilder().file("a", "old").link("b", "a").link("c", "a").file("a", "new").file("z", "z").str());
    CHECK(disk.at("a").content == "new");
    CHECK(disk.at("b").content == "old");
    CHECK(disk.at("c").entry.linkTarget == "b");
    CHECK(disk.at("z").content == "z");
}

TEST_CASE("a tar without duplicate names is read once, one with them twice", "[B11]") {
    CHECK(*Converted({TarBuilder().file("a", "1").file("b", "2").str()}).layers[0].opened == 1);
    CHECK(*Converted({TarBuilder().file("a", "1").file("a", "2").str()}).layers[0].opened == 2);
}

TEST_CASE("a whiteout is one whatever type its entry has", "[B12]") {
    const auto below = TarBuilder().file("a", "").file("b", "").file("c", "").file("d", "").str();
    const auto above = TarBuilder()
                           .directory(".wh.a")
                           .file(".wh.b", "content")
                           .symlink(".wh.c", "t")
                           .link(".wh.d", "x")
                           .str();
    const auto disk = Converted({below, above}).top();
    for (const auto* name : {"a", "b", "c", "d"})
        CHECK(disk.at(name).isWhiteout());
}

TEST_CASE("what aufs left in the root is ignored", "[B13]") {
    const auto disk = converted(
        TarBuilder().directory(".wh..wh.plnk").file(".wh..wh.plnk/1.2", "x").file(".wh..wh.aufs", "").str());
    CHECK(disk.size() == 1);
}

TEST_CASE("data after the end of a layer that a digest vouches for is not read", "[B14]") {
    const auto tar = TarBuilder().file("a", "x").str();
    const auto estargz = tar + TarBuilder().file("stargz.index.json", "{}").file("b", "").str();
    CHECK(converted(estargz) == converted(tar));
    CHECK(converted(tar + "junk") == converted(tar));
}

TEST_CASE("a layer may end between two entries", "[B17]") {
    const auto tar = TarBuilder().file("a", "x");
    CHECK(converted(tar.open()) == converted(tar.str()));
    CHECK(converted(tar.open() + std::string(512, '\0')) == converted(tar.str()));
    // Missing padding has no data.
    CHECK(converted(tar.open().substr(0, 513)) == converted(tar.str()));
    CHECK(converted("") == converted(TarBuilder().str()));
}

TEST_CASE("a missing end is reported at every use of a tar that no digest vouches for", "[B17]") {
    const TempDir temp("/tmp");
    const LayerStore store(temp.path());
    test::Recorder observer;
    auto source = MemoryLayer(TarBuilder().file("a", "x").open()).source;
    store.disksFor({source}, &observer);
    CHECK(observer.warnings.empty());
    source.vouched = false;
    store.disksFor({source}, &observer);
    store.disksFor({source}, &observer);
    REQUIRE(observer.warnings.size() == 2);
    CHECK(observer.warnings[1].find("two zero blocks") != std::string::npos);
}

TEST_CASE("the order of entries does not matter", "[B15]") {
    using Step = std::function<void(TarBuilder&)>;
    const std::vector<Step> steps{
        [](TarBuilder& tar) { tar.directory("d", 0700, 4, 99); },
        [](TarBuilder& tar) { tar.file("d/f", "data"); },
        [](TarBuilder& tar) { tar.link("d/l", "d/f"); },
        [](TarBuilder& tar) { tar.file("d/.wh.gone", ""); },
        [](TarBuilder& tar) { tar.file("d/.wh..wh..opq", ""); },
        [](TarBuilder& tar) { tar.directory("", 0755, 0, 77); },
    };
    std::vector<std::size_t> order(steps.size());
    std::iota(order.begin(), order.end(), 0U);
    DiskContent first;
    int round = 0;
    do {
        if (round++ % 24 != 0) continue;
        TarBuilder tar;
        for (const auto step : order)
            steps[step](tar);
        auto disk = converted(tar.str());
        if (first.empty()) first = disk;
        CHECK(disk == first);
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(first.at("d").entry.mtime == 99);
}

TEST_CASE("names are bytes and stay what they are", "[B16]") {
    const std::vector<std::string> names{
        "a b",    "q\"uote'", "new\nline",           "$HOME", "-rf",     "b\xff\xfe",
        "\\back", "\xC3\xA9", std::string(255, 'n'), ".whx",  "tab\t*?["};
    TarBuilder tar;
    for (const auto& name : names)
        tar.file(name, name);
    const auto disk = converted(tar.str());
    for (const auto& name : names)
        CHECK(disk.at(name).content == name);
}

TEST_CASE("owners, times, modes, devices and attributes reach the disk") {
    layer::Entry entry{.path = "f", .mode = 06755, .uid = 3'000'000'000, .gid = 4'000'000'000};
    entry.mtime = 4'000'000'000;
    entry.xattrs = {{"security.capability", std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20)},
                    {"user.empty", ""}};
    const auto disk = converted(TarBuilder().add(entry, "x").device("null", 1, 3).str());
    const auto& found = disk.at("f").entry;
    CHECK(found.mode == 06755);
    CHECK(found.uid == 3'000'000'000);
    CHECK(found.gid == 4'000'000'000);
    CHECK(found.mtime == 4'000'000'000);
    CHECK(found.xattrs == entry.xattrs);
    CHECK(disk.at("null").entry.devMinor == 3);
}

TEST_CASE("times that squashfs cannot hold become the nearest that it can") {
    layer::Entry late{.path = "late"};
    late.mtime = std::int64_t{1} << 40;
    const auto disk =
        converted(TarBuilder().pax(paxRecord("mtime", "-5.5")).file("early", "x").add(late, "x").str());
    CHECK(disk.at("early").entry.mtime == 0);
    CHECK(disk.at("late").entry.mtime == 4294967295);
}
