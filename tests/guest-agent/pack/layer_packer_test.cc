#include <catch2/catch.hpp>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/digest.hh"
#include "base/unique_fd.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;
using layer::Entry;
using layer::EntryType;

namespace {

using Paths = std::vector<std::string>;

const Entry& entryNamed(const std::vector<Entry>& entries, const std::string& path) {
    for (const auto& entry : entries) {
        if (entry.path == path) return entry;
    }
    FAIL("there is no entry " << path);
    throw std::logic_error("unreachable");
}

/// A run through these seconds.
RunTimes runFrom(std::int64_t from, std::int64_t to) {
    constexpr std::int64_t second = 1'000'000'000;
    RunTimes times({0, from * second, 0});
    times.add({(to - from) * second, to * second, (to - from) * second});
    return times;
}

} // namespace

TEST_CASE("nothing changed gives the empty tar, two zero blocks", "[W17]") {
    Trees trees;
    CHECK(trees.tar() == std::string(1024, '\0'));
    CHECK(sha256(trees.tar()).hex() == "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

TEST_CASE("a new file brings the entries of all its parents", "[W3][T1]") {
    Trees trees;
    trees.lower.directory("a").directory("a/b", 0700);
    trees.upper.directory("a").directory("a/b", 0700).file("a/b/new", "content").time("a/b", kTreeTime);
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"a", "a/b", "a/b/new"});
    CHECK(entries[1].mode == 0700);
    CHECK(entries[1].mtime == kTreeTime);
    CHECK(entries[2].size == 7);
}

TEST_CASE("names are sorted with the contents of a directory before its next sibling", "[T1]") {
    Trees trees;
    trees.upper.directory("a").file("a/z").file("a-b").file("B").file("a.b");
    CHECK(trees.paths() == Paths{"B", "a", "a/z", "a-b", "a.b"});
}

TEST_CASE("a directory in which something came and went is not in the layer", "[W14]") {
    Trees trees;
    trees.lower.directory("etc").directory("var");
    trees.upper.directory("etc").time("etc", kTreeTime + 50).directory("var").file("var/new");
    CHECK(trees.paths() == Paths{"var", "var/new"});
    CHECK(trees.losses.times == protocol::Tally{1, "etc"});
}

TEST_CASE("a directory whose mode was changed is in the layer, and nothing below it", "[W13]") {
    Trees trees;
    trees.lower.directory("d").file("d/f");
    trees.upper.directory("d", 0711);
    CHECK(trees.paths() == Paths{"d"});
}

TEST_CASE("a file copied up and left as it was is not in the layer", "[W13]") {
    Trees trees;
    trees.lower.file("f", "same");
    trees.upper.file("f", "same");
    CHECK(trees.paths().empty());
}

TEST_CASE("equal whole-second times prove nothing: the content is compared", "[W13]") {
    Trees trees;
    trees.lower.file("f", "old!").file("g", "x");
    trees.upper.file("f", "new!").file("g", "x").time("g", kTreeTime, 5);
    CHECK(trees.paths() == Paths{"f", "g"});
}

TEST_CASE("a file that differs in mode, target or type is in the layer", "[W13][W9]") {
    Trees trees;
    trees.lower.file("mode")
        .symlink("target", "a")
        .file("type")
        .symlink("link", "same")
        .directory("dir")
        .file("dir/f");
    trees.upper.file("mode", "", 0600)
        .symlink("target", "b")
        .fifo("type")
        .symlink("link", "same")
        .file("dir");
    CHECK(trees.paths() == Paths{"dir", "mode", "target", "type"});
}

TEST_CASE("a file or directory of which only the owner or the group changed is in the layer", "[W13]") {
    if (!canActAsRoot()) return;
    Trees trees;
    for (auto* tree : {&trees.lower, &trees.upper})
        tree->file("group").file("owner").directory("folder").file("same");
    REQUIRE(::chown(trees.upper.at("group").c_str(), 0, 7) == 0);
    REQUIRE(::chown(trees.upper.at("owner").c_str(), 7, 0) == 0);
    REQUIRE(::chown(trees.upper.at("folder").c_str(), 0, 7) == 0);
    CHECK(trees.paths() == Paths{"folder", "group", "owner"});
}

TEST_CASE("one of several names of lower is written alone when it is appended to", "[W18]") {
    Trees trees;
    trees.lower.file("one", "text").link("two", "one");
    trees.upper.file("one", "text more");
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"one"});
    CHECK(entries[0].type == EntryType::File);
}

TEST_CASE("an equal file is kept when either side has other names for it", "[W13][W18]") {
    Trees trees;
    trees.lower.file("one", "text").link("two", "one");
    trees.upper.file("one", "text");
    CHECK(trees.paths() == Paths{"one"});
}

TEST_CASE("the first name of an inode carries the data, later ones are links to it", "[W19][T8]") {
    Trees trees;
    trees.lower.file("z", "text");
    trees.upper.file("z", "text").directory("d").link("d/new", "z");
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"d", "d/new", "z"});
    CHECK(entries[1].type == EntryType::File);
    CHECK(entries[1].size == 4);
    CHECK(entries[2].type == EntryType::HardLink);
    CHECK(entries[2].linkTarget == "d/new");
    CHECK(entries[2].mode == entries[1].mode);
}

TEST_CASE("a symlink, too, may have two names", "[W20]") {
    Trees trees;
    trees.upper.symlink("a", "target").link("b", "a");
    const auto entries = trees.entries();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].type == EntryType::Symlink);
    CHECK(entries[1].type == EntryType::HardLink);
}

TEST_CASE("a file whose other names lie outside the layer is a full file", "[T8]") {
    Trees trees;
    trees.upper.file("inside", "text");
    REQUIRE(::link(trees.upper.at("inside").c_str(), trees.directory.file("outside").c_str()) == 0);
    const auto entries = trees.entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].type == EntryType::File);
}

TEST_CASE("a file named like a whiteout fails the packing and is named", "[W10][A3]") {
    Trees trees;
    trees.upper.directory("d").file("d/.wh.x");
    CHECK_THROWS_WITH(trees.tar(), Contains("\"d/.wh.x\"") && Contains("deletion"));
}

TEST_CASE("a socket is left out with a warning", "[W12]") {
    Trees trees;
    trees.lower.file("was-a-file");
    trees.upper.socket("s").socket("was-a-file");
    const auto paths = trees.paths();
    CHECK(paths == Paths{".wh.was-a-file"});
    REQUIRE(trees.warnings.size() == 2);
    CHECK_THAT(trees.warnings[0], Contains("\"s\" is a socket"));
}

TEST_CASE("names are bytes", "[T9]") {
    Trees trees;
    trees.upper.file("with space").file("new\nline").file("\xff\xfe").file("-rf").file("$(x)'\"");
    CHECK(trees.paths() == Paths{"$(x)'\"", "-rf", "new\nline", "with space", "\xff\xfe"});
}

TEST_CASE(
    "user attributes are kept; empty ones, and ones that no pax record can hold, are dropped with a warning",
    "[T7]") {
    Trees trees;
    trees.upper.file("f");
    trees.upper.xattr("f", "user.b", "2")
        .xattr("f", "user.a", std::string("1\0x", 3))
        .xattr("f", "user.empty", "");
    trees.upper.xattr("f", "user.a=b", "3");
    const auto entries = trees.entries();
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].xattrs ==
          std::map<std::string, std::string>{{"user.a", std::string("1\0x", 3)}, {"user.b", "2"}});
    CHECK(trees.warnings.size() == 2);
}

TEST_CASE("only an attribute was changed: the entry is in the layer", "[W13][T7]") {
    Trees trees;
    trees.lower.file("f", "text").directory("d");
    trees.upper.file("f", "text").xattr("f", "user.a", "1").directory("d").xattr("d", "user.a", "1");
    trees.upper.time("f", kTreeTime).time("d", kTreeTime);
    CHECK(trees.paths() == Paths{"d", "f"});
}

TEST_CASE("a changed root directory gives a warning and no entry", "[W8]") {
    Trees trees;
    REQUIRE(::chmod(trees.upper.path().c_str(), 0700) == 0);
    CHECK(trees.paths().empty());
    REQUIRE(trees.warnings.size() == 1);
    CHECK_THAT(trees.warnings[0], Contains("root directory"));
}

TEST_CASE("a path that is too long for any tool is refused and named", "[T9]") {
    Trees trees;
    UniqueFd directory(::open(trees.upper.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const std::string name(250, 'x');
    for (int depth = 0; depth < 17; ++depth) {
        REQUIRE(::mkdirat(directory.get(), name.c_str(), 0755) == 0);
        directory = UniqueFd(::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    CHECK_THROWS_WITH(trees.tar(), Contains("4095"));
}

TEST_CASE("every name of the base can be removed, or hidden with its directory", "[W1][W6][T9]") {
    if (!canActAsRoot()) return;
    Trees trees;
    const std::string a(255, 'a');
    const std::string b(252, 'b');
    trees.lower.file(a).directory("d").file("d/" + a).directory("d/" + b).file("d/" + b + "/" + b);
    trees.upper.whiteout(a).directory("d").opaque("d").directory("d/" + b);
    CHECK(trees.paths() == Paths{".wh." + a, "d", "d/.wh." + a, "d/" + b, "d/" + b + "/.wh." + b});
}

TEST_CASE("removed names become whiteouts, before their siblings", "[W1][W2][W4]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.directory("d").file("d/b").file("d/z").directory("d/dir").file("d/dir/f");
    trees.upper.directory("d").file("d/a").whiteout("d/b").link("d/dir", "d/b").link("d/z", "d/b");
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"d", "d/.wh.b", "d/.wh.dir", "d/.wh.z", "d/a"});
    for (int i = 1; i < 4; ++i) {
        Entry plain;
        plain.path = entries.at(static_cast<std::size_t>(i)).path;
        CHECK(entries.at(static_cast<std::size_t>(i)) == plain);
    }
}

TEST_CASE("a removed name that lower never had leaves nothing", "[W5][W16]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.directory("d").whiteout("d/hidden");
    trees.upper.directory("d").whiteout("d/x").whiteout("y").whiteout("d/hidden");
    CHECK(trees.paths().empty());
}

TEST_CASE("a directory removed and made again hides what was in it, name by name", "[W6]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.directory("d").file("d/one").file("d/two").file("d/same", "s").whiteout("d/never");
    trees.upper.directory("d").opaque("d").file("d/new").file("d/same", "s").time("d", kTreeTime + 9);
    const auto entries = trees.entries();
    CHECK(pathsOf(entries) == Paths{"d", "d/.wh.one", "d/.wh.two", "d/new"});
    CHECK(entryNamed(entries, "d").mtime == kTreeTime + 9);
}

TEST_CASE("a root directory that says it was made again hides nothing, as for overlayfs", "[W6][W24]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.directory("d").file("d/one");
    trees.upper.opaque(".").file("new");
    CHECK(trees.paths() == Paths{"new"});
}

TEST_CASE("a directory made again in one that was made again hides what it held, too", "[W6]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.directory("d").directory("d/sub").file("d/sub/x").file("d/sub/y").directory("d/sub/deep");
    trees.lower.file("d/sub/deep/z").file("d/kept");
    // The inner directories are not marked: for overlayfs all below "d" is new.
    trees.upper.directory("d").opaque("d").directory("d/sub").file("d/sub/x", "new").directory("d/sub/deep");
    CHECK(trees.paths() ==
          Paths{"d", "d/.wh.kept", "d/sub", "d/sub/.wh.y", "d/sub/deep", "d/sub/deep/.wh.z", "d/sub/x"});
}

TEST_CASE("a directory in place of a file, or of nothing, stands alone though it is opaque", "[W7][W9]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.lower.file("was-file");
    trees.upper.directory("was-file").opaque("was-file").directory("new").opaque("new").file("new/f");
    CHECK(trees.paths() == Paths{"new", "new/f", "was-file"});
}

TEST_CASE("real devices are kept as they are", "[W11][T11]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.upper.device("null", 1, 3).fifo("fifo");
    const auto entries = trees.entries();
    CHECK(entryNamed(entries, "null").type == EntryType::CharDevice);
    CHECK(entryNamed(entries, "null").devMajor == 1);
    CHECK(entryNamed(entries, "null").devMinor == 3);
    CHECK(entryNamed(entries, "fifo").type == EntryType::Fifo);
}

TEST_CASE("a redirect or metacopy attribute is an error that names the file", "[W21]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.upper.directory("moved").xattr("moved", "trusted.overlay.redirect", "from");
    CHECK_THROWS_WITH(trees.tar(), Contains("\"moved\"") && Contains("redirect"));
    Trees others;
    others.upper.file("f").xattr("f", "trusted.overlay.metacopy", "");
    CHECK_THROWS_WITH(others.tar(), Contains("\"f\"") && Contains("metacopy"));
}

TEST_CASE("trusted attributes are dropped silently, chattr's with a warning", "[T7][W23]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.upper.file("f").xattr("f", "trusted.mine", "x").xattr("f", "trusted.overlay.origin", "x");
    trees.upper.file("i").xattr("i", "trusted.overlay.protattr", "i");
    CHECK(trees.entries().at(0).xattrs.empty());
    REQUIRE(trees.warnings.size() == 1);
    CHECK_THAT(trees.warnings[0], Contains("\"i\"") && Contains("immutable"));
}

TEST_CASE("attributes that a layer cannot have are counted if the script set them, or an entry loses them",
          "[T7]") {
    if (!canActAsRoot()) return;
    Trees trees;
    for (Tree* tree : {&trees.lower, &trees.upper}) {
        for (const char* name : {"kept", "changed", "mine"})
            tree->file(name, "text").xattr(name, "trusted.base", "1").time(name, kTreeTime);
        tree->directory("dir").xattr("dir", "trusted.base", "1").directory("dir2").time("dir", kTreeTime);
    }
    trees.upper.file("changed", "other").time("changed", kTreeTime).xattr("mine", "user.overlay.x", "1");
    trees.upper.file("new").xattr("new", "security.foo", "1").xattr("dir2", "trusted.x", "1");
    trees.upper.time("dir2", kTreeTime);
    CHECK(trees.paths() == Paths{"changed", "new"});
    CHECK(trees.losses.attributes == protocol::Tally{4, "changed"});
    CHECK(trees.losses.times.count == 0);
    trees.upper.file("dir/x").time("dir", kTreeTime);
    CHECK(trees.paths() == Paths{"changed", "dir", "dir/x", "new"});
    CHECK(trees.losses.attributes.count == 5);
}

TEST_CASE("setuid, setgid, sticky and owners are kept", "[T11][T6]") {
    if (!canActAsRoot()) return;
    Trees trees;
    trees.upper.file("su").directory("tmp", 01777);
    REQUIRE(::chown(trees.upper.at("su").c_str(), 3'000'000, 70'000) == 0);
    REQUIRE(::chmod(trees.upper.at("su").c_str(), 06755) == 0);
    const auto entries = trees.entries();
    CHECK(entryNamed(entries, "su").mode == 06755);
    CHECK(entryNamed(entries, "su").uid == 3'000'000);
    CHECK(entryNamed(entries, "su").gid == 70'000);
    CHECK(entryNamed(entries, "tmp").mode == 01777);
}

TEST_CASE("times are cut to seconds, and never below 0", "[T5]") {
    Trees trees;
    trees.upper.file("cut").time("cut", 1000, 999'999'999).file("old").time("old", -5);
    const auto entries = trees.entries();
    CHECK(entryNamed(entries, "cut").mtime == 1000);
    CHECK(entryNamed(entries, "old").mtime == 0);
}

TEST_CASE("times are clamped or set back as asked, those of parents too", "[T5]") {
    Trees trees;
    trees.upper.directory("d").time("d", 500).file("d/f").time("d/f", 900).time("d", 500);
    PackTimes times;
    SECTION("clamped") {
        times.clampTo = 600;
        const auto entries = trees.entries(times);
        CHECK(entryNamed(entries, "d").mtime == 500);
        CHECK(entryNamed(entries, "d/f").mtime == 600);
    }
    SECTION("set back") {
        times.resetTo = 1;
        times.run = runFrom(890, 910);
        const auto entries = trees.entries(times);
        CHECK(entryNamed(entries, "d").mtime == 500);
        CHECK(entryNamed(entries, "d/f").mtime == 1);
    }
}

TEST_CASE("only times of the run itself are set back, not earlier or later ones that the script gave",
          "[T5][T12]") {
    Trees trees;
    trees.upper.file("before").time("before", 800).file("after").time("after", 1000);
    trees.upper.file("made").time("made", 905, 999'999'999).directory("dir").time("dir", 890);
    PackTimes times{.resetTo = 1, .clampTo = {}, .run = runFrom(890, 910)};
    auto entries = trees.entries(times);
    CHECK(entryNamed(entries, "before").mtime == 800);
    CHECK(entryNamed(entries, "after").mtime == 1000);
    CHECK(entryNamed(entries, "made").mtime == 1);
    CHECK(entryNamed(entries, "dir").mtime == 1);
    // SOURCE_DATE_EPOCH before or after the run: the run's own times are not in the layer.
    for (const std::int64_t epoch : {850, 950}) {
        times.resetTo = times.clampTo = epoch;
        entries = trees.entries(times);
        CHECK(entryNamed(entries, "before").mtime == 800);
        CHECK(entryNamed(entries, "after").mtime == epoch);
        CHECK(entryNamed(entries, "made").mtime == epoch);
        CHECK(entryNamed(entries, "dir").mtime == epoch);
    }
}

TEST_CASE("a time that the base has and the script left stays, though the run was then", "[T5]") {
    Trees trees;
    for (auto* tree : {&trees.lower, &trees.upper})
        tree->file("f").time("f", 900).directory("d").file("d/old").time("d", 900).file("w").time("w", 900);
    trees.upper.file("d/new").time("d/new", 905).time("d", 900).time("w", 901);
    for (const char* name : {"f", "w"})
        REQUIRE(::chmod(trees.upper.at(name).c_str(), 0600) == 0);
    // Of two names for one file only the second is the base's.
    trees.upper.link("a", "f");
    const auto entries = trees.entries({.resetTo = 1, .clampTo = {}, .run = runFrom(890, 910)});
    CHECK(entryNamed(entries, "d").mtime == 900);
    CHECK(entryNamed(entries, "d/new").mtime == 1);
    CHECK(entryNamed(entries, "w").mtime == 1);
    CHECK(entryNamed(entries, "f").type == EntryType::HardLink);
    CHECK(entryNamed(entries, "f").mtime == entryNamed(entries, "a").mtime);
}

TEST_CASE("a sparse file is read as the zeros that it shows") {
    Trees trees;
    trees.upper.file("sparse", "x");
    REQUIRE(::truncate(trees.upper.at("sparse").c_str(), 3'000'000) == 0);
    const auto entries = trees.entries();
    CHECK(entryNamed(entries, "sparse").size == 3'000'000);
}
