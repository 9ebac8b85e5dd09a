// Packs the changes of scripts on the kernel's real overlayfs.

#include <catch2/catch.hpp>

#include "tests/guest-agent/overlay.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

using Paths = std::vector<std::string>;

} // namespace

TEST_CASE("on overlayfs: removed, emptied, made again, moved", "[W1][W5][W6][W16][W21]") {
    Trees trees;
    trees.lower.file("gone").directory("tree").file("tree/f").directory("again").file("again/old");
    trees.lower.directory("again/sub")
        .file("again/sub/x")
        .directory("moved")
        .file("moved/f", "text")
        .time("moved", 5);
    if (!changeOnOverlay(trees, "rm gone; rm -r tree; rm -r again; mkdir -p again/sub; echo > again/sub/y;"
                                "mv moved there; touch t; rm t; mkdir u; rm -r u")) {
        return;
    }
    CHECK(trees.paths() == Paths{".wh.gone", ".wh.moved", ".wh.tree", "again", "again/.wh.old", "again/sub",
                                 "again/sub/.wh.x", "again/sub/y", "there", "there/f"});
}

TEST_CASE("on overlayfs: what was touched and left as it was is not in the layer", "[W13][W14]") {
    Trees trees;
    trees.lower.directory("d").file("d/open", "text").file("d/mode", "text").file("d/copy", "text");
    trees.lower.file("d/away", "text").time("d", kTreeTime);
    if (!changeOnOverlay(
            trees,
            ": >> d/open; chmod 644 d/mode; cp -p d/copy d/c2; cat d/c2 > d/copy; touch -r d/c2 d/copy;"
            "rm d/c2; mv d/away d/b; mv d/b d/away")) {
        return;
    }
    CHECK(trees.paths().empty());
}

TEST_CASE("on overlayfs: hard links of lower, old and new", "[W18][W19][T8]") {
    Trees trees;
    trees.lower.file("one", "text").link("two", "one").file("lone", "text");
    if (!changeOnOverlay(trees, "echo more >> two; ln lone also")) return;
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"also", "lone", "two"});
    CHECK(entries[0].type == layer::EntryType::File);
    CHECK(entries[1].type == layer::EntryType::HardLink);
    CHECK(entries[2].type == layer::EntryType::File);
}

TEST_CASE("on overlayfs: directories, files and links replaced by one another", "[W7][W9]") {
    Trees trees;
    trees.lower.directory("dir").file("dir/f").file("file").symlink("link", "file");
    if (!changeOnOverlay(trees,
                         "rm -r dir; echo > dir; rm file; mkdir file; echo > file/f; rm link; mkdir link"))
        return;
    const auto entries = trees.entries();
    CHECK(pathsOf(entries) == Paths{"dir", "file", "file/f", "link"});
}

TEST_CASE("on overlayfs: the same changes give the same bytes", "[T12]") {
    Trees one;
    Trees two;
    const std::string script = "for i in 9 3 5; do echo $i > f$i; ln f$i l$i; done; rm gone; mkdir -p a/b";
    for (Trees* trees : {&one, &two}) {
        trees->lower.file("gone");
        if (!changeOnOverlay(*trees, script)) return;
    }
    PackTimes times;
    times.clampTo = 1;
    CHECK(one.tar(times) == two.tar(times));
}
