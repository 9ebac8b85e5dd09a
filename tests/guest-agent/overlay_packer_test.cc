// What the kernel's overlayfs makes of a script's deeds, and what the packer makes of that.

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/process.hh"
#include "base/system_error.hh"
#include "in_namespace.hh"
#include "tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

using Paths = std::vector<std::string>;

/// Runs a script on an overlay of trees.lower, with the guest's own mount options, and leaves what changed in
/// trees.upper. False where that cannot be done.
bool change(const Trees& trees, const std::string& script) {
    const auto outcome = inMountNamespace([&] {
        const auto work = trees.folder.file("work");
        const auto root = trees.folder.file("root");
        ::mkdir(work.c_str(), 0755);
        ::mkdir(root.c_str(), 0755);
        const auto options =
            fmt::format("lowerdir={},upperdir={},workdir={},redirect_dir=nofollow,metacopy=off,"
                        "index=off,xino=off,volatile",
                        trees.lower.path(), trees.upper.path(), work);
        if (::mount("root", root.c_str(), "overlay", 0, options.c_str()) != 0) {
            throw Error(ErrorCode::System, "cannot: no overlayfs over the temporary folder");
        }
        Command command;
        command.argv = {"/bin/sh", "-ec", script};
        command.workdir = root;
        requireCommand(command, Deadline::after(std::chrono::seconds(60)), "the script");
    });
    if (wasDenied(outcome)) return false;
    REQUIRE(outcome.empty());
    return true;
}

} // namespace

TEST_CASE("on overlayfs: removed, emptied, made again, moved", "[W1][W5][W6][W16][W21]") {
    Trees trees;
    trees.lower.file("gone").directory("tree").file("tree/f").directory("again").file("again/old");
    trees.lower.directory("again/sub")
        .file("again/sub/x")
        .directory("moved")
        .file("moved/f", "text")
        .time("moved", 5);
    if (!change(trees, "rm gone; rm -r tree; rm -r again; mkdir -p again/sub; echo > again/sub/y;"
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
    if (!change(trees,
                ": >> d/open; chmod 644 d/mode; cp -p d/copy d/c2; cat d/c2 > d/copy; touch -r d/c2 d/copy;"
                "rm d/c2; mv d/away d/b; mv d/b d/away")) {
        return;
    }
    CHECK(trees.paths().empty());
}

TEST_CASE("on overlayfs: hard links of lower, old and new", "[W18][W19][T8]") {
    Trees trees;
    trees.lower.file("one", "text").link("two", "one").file("lone", "text");
    if (!change(trees, "echo more >> two; ln lone also")) return;
    const auto entries = trees.entries();
    REQUIRE(pathsOf(entries) == Paths{"also", "lone", "two"});
    CHECK(entries[0].type == layer::EntryType::File);
    CHECK(entries[1].type == layer::EntryType::HardLink);
    CHECK(entries[2].type == layer::EntryType::File);
}

TEST_CASE("on overlayfs: directories, files and links replaced by one another", "[W7][W9]") {
    Trees trees;
    trees.lower.directory("dir").file("dir/f").file("file").symlink("link", "file");
    if (!change(trees, "rm -r dir; echo > dir; rm file; mkdir file; echo > file/f; rm link; mkdir link"))
        return;
    const auto entries = trees.entries();
    CHECK(pathsOf(entries) == Paths{"dir", "file", "file/f", "link"});
}

TEST_CASE("on overlayfs: the same deeds give the same bytes", "[T12]") {
    Trees one;
    Trees two;
    const std::string script = "for i in 9 3 5; do echo $i > f$i; ln f$i l$i; done; rm gone; mkdir -p a/b";
    for (Trees* trees : {&one, &two}) {
        trees->lower.file("gone");
        if (!change(*trees, script)) return;
    }
    protocol::PackRequest times;
    times.fixedMtime = 1;
    CHECK(one.tar(times) == two.tar(times));
}
