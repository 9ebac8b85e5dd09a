#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "base/unique_fd.hh"
#include "guest-agent/hosts_file.hh"
#include "tree.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Catch::Matchers::Contains;

namespace {

struct HostsTrees {
    HostsTrees() {
        for (const auto* name : {"base", "skeleton", "upper"})
            whole.directory(name);
        whole.directory("base/etc").file("base/etc/passwd").directory("upper/etc");
    }
    TempDir folder{"/tmp"};
    Tree whole{folder.file("trees")};

    void offer() { offerHosts(whole.at("base"), whole.at("skeleton")); }
    bool has(const std::string& path) { return ::access(whole.at(path).c_str(), F_OK) == 0; }
    void withdraw() {
        const auto open = [&](const char* name) {
            return UniqueFd(::open(whole.at(name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        };
        withdrawHosts(open("upper").get(), open("skeleton").get());
    }
};

} // namespace

TEST_CASE("a system without an /etc/hosts finds one that names localhost") {
    HostsTrees trees;
    trees.offer();
    const auto text = readFile(trees.whole.at("skeleton/etc/hosts"), "hosts", 4096);
    CHECK_THAT(text, Contains("127.0.0.1\tlocalhost ") && Contains("::1\tlocalhost"));
    struct stat status {};
    REQUIRE(::stat(trees.whole.at("skeleton/etc/hosts").c_str(), &status) == 0);
    CHECK(status.st_mtime == 1);
}

TEST_CASE("a base's own /etc/hosts stays alone, and what is no system gets none") {
    HostsTrees own;
    own.whole.symlink("base/etc/hosts", "nowhere");
    own.offer();
    CHECK_FALSE(own.has("skeleton/etc"));
    HostsTrees bare;
    REQUIRE(::unlink(bare.whole.at("base/etc/passwd").c_str()) == 0);
    bare.offer();
    CHECK_FALSE(bare.has("skeleton/etc"));
}

TEST_CASE("an /etc/hosts that was only touched is not in the layer, one that was changed is", "[W15]") {
    HostsTrees trees;
    trees.withdraw();
    trees.offer();
    trees.withdraw();
    const auto text = readFile(trees.whole.at("skeleton/etc/hosts"), "hosts", 4096);
    trees.whole.file("upper/etc/hosts", text);
    trees.withdraw();
    CHECK_FALSE(trees.has("upper/etc/hosts"));
    trees.whole.file("upper/etc/hosts", text, 0600);
    trees.withdraw();
    CHECK(trees.has("upper/etc/hosts"));
    trees.whole.file("upper/etc/hosts", text + "10.0.0.1 db\n");
    trees.withdraw();
    CHECK(trees.has("upper/etc/hosts"));
}
