#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "guest-agent/base/root_path.hh"
#include "tests/guest-agent/tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;

namespace {

struct Root {
    TempDir directory{"/tmp"};
    Tree tree{directory.file("root")};
    UniqueFd fd{::open(tree.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
};

} // namespace

TEST_CASE("a file of the root is read, through symlinks that stay inside", "[A1]") {
    Root root;
    root.tree.directory("etc")
        .file("etc/real", "text")
        .symlink("etc/passwd", "/etc/real")
        .symlink("up", "../../etc");
    CHECK(readInRoot(root.fd.get(), "etc/passwd", 100) == "text");
    CHECK(readInRoot(root.fd.get(), "up/passwd", 100) == "text");
}

TEST_CASE("a symlink does not lead out of the root", "[A1]") {
    Root root;
    writeFile(root.directory.file("secret"), "secret");
    root.tree.directory("etc")
        .symlink("etc/passwd", "../../secret")
        .symlink("etc/group", root.directory.file("secret"));
    CHECK_FALSE(readInRoot(root.fd.get(), "etc/passwd", 100));
    CHECK_FALSE(readInRoot(root.fd.get(), "etc/group", 100));
}

TEST_CASE("a fifo, a directory, an endless or a missing file in place of /etc/passwd does no harm", "[A9]") {
    Root root;
    root.tree.fifo("fifo")
        .directory("dir")
        .symlink("loop", "loop")
        .symlink("zero", "/proc/self/root/dev/zero");
    for (const char* name : {"fifo", "dir", "loop", "zero", "missing", "fifo/below"}) {
        CHECK_FALSE(readInRoot(root.fd.get(), name, 100));
    }
}

TEST_CASE("a file that is too large is refused") {
    Root root;
    root.tree.file("large", std::string(101, 'x'));
    CHECK_THROWS_AS(readInRoot(root.fd.get(), "large", 100), Error);
}

TEST_CASE("a program is a regular file that is executable") {
    Root root;
    root.tree.directory("bin").file("bin/sh", "", 0755).file("bin/text", "", 0644).symlink("sh", "/bin/sh");
    CHECK(isProgramInRoot(root.fd.get(), "bin/sh"));
    CHECK(isProgramInRoot(root.fd.get(), "sh"));
    CHECK_FALSE(isProgramInRoot(root.fd.get(), "bin/text"));
    CHECK_FALSE(isProgramInRoot(root.fd.get(), "bin"));
}
