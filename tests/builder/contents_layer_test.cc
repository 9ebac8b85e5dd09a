#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "builder/contents_layer.hh"
#include "layer/layer_reader.hh"
#include "support/image_builder.hh"
#include "support/recorder.hh"

using namespace rootlayer;
using layer::Entry;
using layer::EntryType;

namespace {

struct Place {
    TempDir directory{"/tmp"};
    std::vector<image::BaseLayer> base;
    builder::ContentsTimes times;

    std::string file(const std::string& name, const std::string& bytes = "x") const {
        const auto path = directory.file(name);
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        writeFile(path, bytes);
        return path;
    }

    void addBase(const std::string& tar) {
        const auto bytes = std::make_shared<const std::string>(tar);
        const auto open = [bytes] { return std::make_unique<StringSource>(*bytes); };
        base.push_back({{sha256(tar), tar.size(), open}, open});
    }

    std::map<std::string, Entry> layer(const std::vector<Contents>& contents) const {
        builder::ContentsLayer made(base, "/tmp", times, {});
        for (const auto& one : contents)
            made.add(one);
        StringSink tar;
        made.write(tar);
        std::map<std::string, Entry> entries;
        StringSource source(tar.bytes());
        layer::LayerReader reader(source);
        while (const auto read = reader.next())
            entries.emplace(read->entry.path, read->entry);
        return entries;
    }
};

std::string names(const std::map<std::string, Entry>& entries) {
    std::string all;
    for (const auto& [name, entry] : entries)
        all += name + " ";
    return all;
}

} // namespace

TEST_CASE("a file goes to its destination, root's and without its time") {
    const Place place;
    const auto source = place.file("src/tool");
    ::chmod(source.c_str(), 0755);
    const auto entries =
        place.layer({{source, "/usr/bin/"}, {source, "/etc/name", 5, 6, 0640}, {source, ""}});
    CHECK(names(entries) == "etc etc/name tool usr usr/bin usr/bin/tool ");
    CHECK(entries.at("usr/bin/tool").mode == 0755);
    CHECK(entries.at("usr/bin/tool").mtime == 1);
    CHECK(entries.at("usr/bin/tool").uid == 0);
    CHECK(entries.at("etc/name").mode == 0640);
    CHECK(entries.at("etc/name").uid == 5);
    CHECK(entries.at("etc/name").gid == 6);
}

TEST_CASE("directories that the base has stay as they are, and its links to directories are followed") {
    Place place;
    test::Member link{"lib", "", '2', "usr/lib"};
    test::Member away{"usr/share", "", '2', "/srv/share"};
    place.addBase(test::makeTar(
        {{"srv/", "", '5'}, {"srv/share/", "", '5'}, {"usr/", "", '5'}, {"usr/lib/", "", '5'}, link, away}));
    place.file("root/lib/a");
    place.file("root/usr/share/b");
    ::chmod(place.directory.file("root/lib").c_str(), 0700);
    const auto entries =
        place.layer({{place.directory.file("root"), ""}, {place.directory.file("root/lib/a"), "/lib"}});
    CHECK(names(entries) == "srv srv/share srv/share/b usr usr/lib usr/lib/a ");
    CHECK(entries.at("usr/lib").mode != 0700);
}

TEST_CASE("links to directories stay links, or become the directories") {
    const Place place;
    place.file("root/real/file");
    place.file("outside/secret");
    const auto source = place.directory.file("root");
    std::filesystem::create_symlink("real", source + "/inner");
    std::filesystem::create_symlink("../outside", source + "/outer");
    std::filesystem::create_symlink("..", source + "/real/back");
    const auto namesWith = [&](DirectoryLinks links) {
        Contents contents{source, ""};
        contents.directoryLinks = links;
        return names(place.layer({contents}));
    };
    CHECK(namesWith(DirectoryLinks::Keep) == "inner outer real real/back real/file ");
    CHECK(namesWith(DirectoryLinks::Keep) == names(place.layer({{source, ""}})));
    CHECK(namesWith(DirectoryLinks::Copy) == "inner inner/back inner/file outer real real/back real/file ");
    CHECK(namesWith(DirectoryLinks::Follow) ==
          "inner inner/back inner/file outer outer/secret real real/back real/file ");
}

TEST_CASE("a new directory goes through the links in its way, or replaces them") {
    Place place;
    place.addBase(test::makeTar({{"usr/", "", '5'}, {"usr/lib/", "", '5'}, {"lib", "", '2', "usr/lib"}}));
    place.file("root/lib/a");
    Contents contents{place.directory.file("root"), ""};
    CHECK(names(place.layer({contents})) == "usr usr/lib usr/lib/a ");
    contents.replaceLinks = true;
    const auto entries = place.layer({contents});
    CHECK(names(entries) == "lib lib/a ");
    CHECK(entries.at("lib").type == EntryType::Directory);
}

TEST_CASE("a base's link to a file is replaced by a directory, and the file stays") {
    Place place;
    place.addBase(test::makeTar(
        {{"etc/", "", '5'}, {"etc/real", "x"}, {"etc/alt", "", '2', "real"}, {"etc/far", "", '2', "alt"}}));
    const auto source = place.directory.file("src");
    place.file("src/alt/deep/file");
    CHECK(names(place.layer({{source, "/etc"}})) == "etc etc/alt etc/alt/deep etc/alt/deep/file ");
    CHECK(names(place.layer({{source, "/etc/far"}})) ==
          "etc etc/far etc/far/alt etc/far/alt/deep etc/far/alt/deep/file ");
}

TEST_CASE("an output in a directory of contents is left out, and lost attributes are counted") {
    const Place place;
    const auto output = place.file("src/out.tar");
    place.file("src/file");
    test::Recorder recorder;
    builder::ContentsLayer made({}, "/tmp", {}, {}, &recorder);
    struct stat status {};
    REQUIRE(::stat(output.c_str(), &status) == 0);
    made.leaveOut(status);
    const auto attribute = "trusted.rootlayer";
    const bool set = ::setxattr(place.directory.file("src/file").c_str(), attribute, "x", 1, 0) == 0;
    made.add({place.directory.file("src"), ""});
    StringSink tar;
    made.write(tar);
    CHECK(tar.bytes().find("out.tar") == std::string::npos);
    REQUIRE(recorder.warnings.size() == (set ? 2 : 1));
    CHECK_THAT(recorder.warnings[0], Catch::Matchers::Contains("\"out.tar\" is an output"));
    if (set)
        CHECK_THAT(recorder.warnings[1],
                   Catch::Matchers::Contains("trusted.* are not in the layer (1 entry"));
}

TEST_CASE("a file that has changed when the layer is written is an error") {
    const Place place;
    const auto source = place.file("f");
    builder::ContentsLayer made({}, "/tmp", {}, {});
    made.add({source, ""});
    writeFile(source, "other");
    StringSink tar;
    CHECK_THROWS_WITH(made.write(tar), Catch::Contains("changed while it was read"));
}

TEST_CASE("an archive is unpacked as its format says, by its name only if that is wanted") {
    const Place place;
    const auto package = place.file("p.apk", test::makeTar({{".PKGINFO", "x"}, {"d/f", "x"}}));
    const auto namesWith = [&](const std::string& format) {
        Contents contents{package, "/"};
        contents.format = format;
        return names(place.layer({contents}));
    };
    CHECK(namesWith("") == "p.apk ");
    CHECK(namesWith("name") == "d d/f ");
    CHECK(namesWith("apk") == "d d/f ");
    CHECK(namesWith("auto") == "d d/f "); // it begins as an apk does // in itself it is a tar
    CHECK_THROWS_WITH(namesWith("rar"), Catch::Contains("rar"));
}

TEST_CASE("a preset adds what neither the base nor the contents have") {
    Place place;
    place.addBase(test::makeTar({{"etc/", "", '5'}, {"etc/passwd", "base"}}));
    builder::ContentsLayer made(place.base, "/tmp", place.times, {});
    made.add({place.file("group"), "/etc/"});
    CHECK(made.addPreset(builder::parsePreset("nss")) == std::vector<std::string>{"/etc/nsswitch.conf"});
    CHECK(made.addPreset(builder::parsePreset("nss")).empty());
    CHECK_THROWS_AS(builder::parsePreset("nss=file"), Error);
    CHECK_THROWS_AS(builder::parsePreset("nix"), Error);
}

TEST_CASE("a cyclic link of the base is not followed for ever") {
    Place place;
    place.addBase(test::makeTar({{"a", "", '2', "b"}, {"b", "", '2', "a"}}));
    place.file("root/a/x");
    CHECK_NOTHROW(place.layer({{place.directory.file("root"), ""}}));
}

TEST_CASE("a tarball is unpacked as it is, unless it is wanted as a file") {
    Place place;
    const auto tar =
        place.file("t.tar.gz", test::gzipped(test::makeTar({{"./d/", "", '5'}, {"./d/f", "data"}})));
    CHECK(names(place.layer({{tar, "/opt"}})) == "opt opt/d opt/d/f ");
    Contents whole{tar, "/opt/"};
    whole.unpack = false;
    CHECK(names(place.layer({whole})) == "opt opt/t.tar.gz ");
}

TEST_CASE("a tarball's own links to directories are followed, and on through those of the base",
          "[B10][B18]") {
    Place place;
    test::Member away{"usr", "", '2', "real"};
    place.addBase(test::makeTar({{"real/", "", '5'}, {"real/lib/", "", '5'}, away}));
    test::Member link{"lib", "", '2', "usr/lib"};
    test::Member hard{"hard", "", '1', "lib/f"};
    const auto tar = place.file("t.tar", test::makeTar({link, {"lib/f", "data"}, hard}));
    const auto entries = place.layer({{tar, ""}});
    CHECK(names(entries) == "hard lib real real/lib real/lib/f ");
    CHECK(entries.at("real/lib/f").linkTarget == "hard");
    // So are those of earlier contents.
    const auto more = place.file("more.tar", test::makeTar({{"lib/g", "data"}}));
    CHECK(names(place.layer({{tar, ""}, {more, ""}})) == "hard lib real real/lib real/lib/f real/lib/g ");
    CHECK(names(place.layer({{more, ""}})) == "lib lib/g ");
}

TEST_CASE("a directory of a tarball takes the place of a link of the same tarball", "[B18]") {
    Place place;
    test::Member link{"lib", "", '2', "away"};
    const auto tar = place.file("t.tar", test::makeTar({link, {"lib/", "", '5'}, {"lib/f", "data"}}));
    const auto entries = place.layer({{tar, ""}});
    CHECK(names(entries) == "lib lib/f ");
    CHECK(entries.at("lib").type == EntryType::Directory);
}

TEST_CASE("cyclic links of a tarball are refused", "[B18]") {
    Place place;
    test::Member a{"a", "", '2', "b"};
    test::Member b{"b", "", '2', "a"};
    const auto tar = place.file("t.tar", test::makeTar({a, b, {"a/f", "data"}}));
    CHECK_THROWS_WITH(place.layer({{tar, ""}}), Catch::Contains("symbolic links"));
}

TEST_CASE("contents without an end give a warning, and data after an end is refused", "[B14][B17]") {
    Place place;
    const auto whole = test::makeTar({{"f", "data"}});
    const auto cut = place.file("cut.tar", whole.substr(0, whole.size() - 1024));
    const auto junk = place.file("junk.tar", whole + "junk");
    test::Recorder told;
    builder::ContentsLayer layer({}, "/tmp", {}, {}, &told);
    layer.add({cut, ""});
    REQUIRE(told.warnings.size() == 1);
    CHECK(told.warnings[0].find("cut.tar") != std::string::npos);
    layer.add({place.file("empty.tar", ""), ""});
    CHECK(told.warnings.size() == 2);
    CHECK_THROWS_WITH(layer.add({junk, ""}), Catch::Contains("junk after the tar's end"));
}

TEST_CASE("times of contents are those of the run, or kept") {
    Place place;
    const auto source = place.file("f");
    CHECK(place.layer({{source, ""}}).at("f").mtime == 1);
    place.times.epoch = 1000;
    CHECK(place.layer({{source, ""}}).at("f").mtime == 1000);
    place.times = {true, {}};
    CHECK(place.layer({{source, ""}}).at("f").mtime > 1'000'000);
}

TEST_CASE("invalid contents are refused", "[W10]") {
    Place place;
    CHECK_THROWS_AS(place.layer({{"/no/such", ""}}), Error);
    CHECK_THROWS_AS(place.layer({{place.file("f"), "relative"}}), Error);
    CHECK_THROWS_AS(place.layer({{place.file(".wh.x"), ""}}), Error);
    const auto tar = place.file("w.tar", test::makeTar({{"d/.wh.f", ""}}));
    CHECK_THROWS_WITH(place.layer({{tar, ""}}), Catch::Contains(".wh.f"));
    CHECK_THROWS_AS(place.layer({{"/dev/null", ""}}), Error);
}
