#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/temp_dir.hh"
#include "base/unique_fd.hh"
#include "guest-agent/script/working_directory.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

struct Root {
    TempDir directory{"/tmp"};
    Tree tree{directory.file("root")};
    UniqueFd fd{::open(tree.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};

    void make(const std::string& path) { makeWorkingDirectory(fd.get(), path); }
    bool has(const std::string& path) {
        struct stat status {};
        return ::lstat(tree.at(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    }
};

} // namespace

TEST_CASE("a working directory is made with its parents") {
    Root root;
    root.make("/srv//new/./x/../y/");
    CHECK(root.has("srv/new/x"));
    CHECK(root.has("srv/new/y"));
}

TEST_CASE("where a working directory is a link to nothing, what it points to is made") {
    Root root;
    root.tree.directory("var").symlink("t", "/var/lib/t").symlink("var/lib", "../real/lib");
    root.make("/t/sub");
    CHECK(root.has("real/lib/t/sub"));
    CHECK_FALSE(root.has("t"));
}

TEST_CASE("a link of a working directory does not leave the root, and a cyclic one ends", "[A1]") {
    Root root;
    root.tree.symlink("up", "../../../../made").symlink("loop", "loop").symlink("a", "b").symlink("b", "a/x");
    root.make("/up");
    CHECK(root.has("made"));
    root.make("/loop/x");
    root.make("/a");
    CHECK_FALSE(root.has("x"));
}

TEST_CASE("a file in the way of a working directory stays") {
    Root root;
    root.tree.file("file", "content");
    root.make("/file/x");
    CHECK_FALSE(root.has("file"));
}
