// Tests how the guest adds a base's ACLs, and how overlayfs shows them. Needs root and a file system with
// ACLs.

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/unique_fd.hh"
#include "guest-agent/assemble/acl_lower.hh"
#include "layer/acl.hh"
#include "tests/guest-agent/overlay.hh"

using namespace rootlayer;
using namespace rootlayer::guest;
using Paths = std::vector<std::string>;

namespace {

/// user::rwx,user:7:rwx,group::---,mask::rwx,other::---
const std::string kAcl("\2\0\0\0\1\0\7\0\xff\xff\xff\xff\2\0\7\0\7\0\0\0\4\0\0\0\xff\xff\xff\xff"
                       "\x10\0\7\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff",
                       44);

bool hasAcls() {
    const TempDir directory("/tmp");
    const bool able =
        ::setxattr(directory.path().c_str(), layer::kAccessAcl, kAcl.data(), kAcl.size(), 0) == 0;
    if (!able) WARN("there are no ACLs on this file system");
    return able && canActAsRoot();
}

std::string xattr(const std::string& path, const char* name) {
    std::string value(100, '\0');
    const auto size = ::lgetxattr(path.c_str(), name, value.data(), value.size());
    return value.substr(0, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
}

struct stat statusOf(const std::string& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

} // namespace

TEST_CASE("an entry with an ACL is copied with its attributes and its parent directories", "[T13]") {
    if (!hasAcls()) return;
    const TempDir directory("/tmp");
    Tree base(directory.file("base"));
    Tree top(directory.file("top"));
    base.directory("d", 0711).xattr("d", "user.a", "1").directory("d/e", 02750).file("d/e/f", "text", 04770);
    base.link("d/g", "d/e/f")
        .file("d/other")
        .fifo("p")
        .symlink("l", "d")
        .time("d/e/f", 5)
        .time("d/e", 6)
        .time("d", 7);
    REQUIRE(::chown(base.at("d").c_str(), 3, 4) == 0);
    REQUIRE(::chmod(base.at("p").c_str(), 0770) == 0); // the mask of its ACL
    const std::vector<layer::AclItem> items{{"", "", kAcl},    {"d/e", "", kAcl},    {"d/e/f", kAcl, ""},
                                            {"d/g", kAcl, ""}, {"l/e/f", kAcl, ""},  {"missing", kAcl, ""},
                                            {"p", kAcl, ""},   {"d/other", "no", ""}};
    const auto open = [](const Tree& tree) {
        return UniqueFd(::open(tree.path().c_str(), O_PATH | O_DIRECTORY));
    };
    std::string warnings;
    makeAclLower(open(base).get(), open(top).get(), items, [&](std::string_view text) { warnings += text; });
    CHECK_THAT(warnings,
               Catch::Matchers::Contains("1 of the base's POSIX ACLs, such as that of \"d/other\""));
    CHECK(xattr(top.path(), layer::kDefaultAcl) == kAcl);
    CHECK(xattr(top.at("d"), "user.a") == "1");
    CHECK(xattr(top.at("d"), layer::kDefaultAcl).empty());
    CHECK(xattr(top.at("d/e"), layer::kDefaultAcl) == kAcl);
    CHECK(xattr(top.at("d/e/f"), layer::kAccessAcl) == kAcl);
    CHECK(xattr(top.at("p"), layer::kAccessAcl) == kAcl);
    for (const auto* name : {"d", "d/e", "d/e/f"}) {
        const auto from = statusOf(base.at(name));
        const auto to = statusOf(top.at(name));
        CHECK((from.st_mode == to.st_mode && from.st_uid == to.st_uid && from.st_gid == to.st_gid));
        CHECK((from.st_size == to.st_size || S_ISDIR(from.st_mode)));
        CHECK(from.st_mtime == to.st_mtime);
    }
    CHECK(statusOf(top.at("d/e/f")).st_ino == statusOf(top.at("d/g")).st_ino);
    CHECK(::access(top.at("l").c_str(), F_OK) != 0);
}

TEST_CASE("on overlayfs: an ACL is kept in the entry of a parent, and set below a new default ACL",
          "[T13][W3]") {
    if (!hasAcls()) return;
    Trees trees;
    trees.lower.directory("base", 0770).file("base/old", "text").directory("d").file("d/old", "text", 0640);
    for (const auto* name : {layer::kAccessAcl, layer::kDefaultAcl})
        trees.lower.xattr("base", name, kAcl).time("base", kTreeTime);
    if (!changeOnOverlay(
            trees, "mkdir -m 700 d/s; echo x >d/f; ln d/f d2; chmod 640 d/f d/old; echo more >>d/old; "
                   "rm base/old; setfacl -d -m u:7:rwx d; ln -s x d/l; mkfifo -m 600 d/p; setfacl -b d/p")) {
        return;
    }
    std::map<std::string, std::map<std::string, std::string>> found;
    for (const auto& entry : trees.entries())
        found[entry.path] = entry.xattrs;
    using Xattrs = std::map<std::string, std::string>;
    CHECK(found.at("base") == Xattrs{{layer::kAccessAcl, kAcl}, {layer::kDefaultAcl, kAcl}});
    CHECK(found.at("d").size() == 1);
    CHECK(found.at("d/f") == Xattrs{{layer::kAccessAcl, layer::minimalAcl(0640)}});
    CHECK(found.at("d2") == found.at("d/f"));
    CHECK(found.at("d/old") == found.at("d/f"));
    CHECK(found.at("d/p") == Xattrs{{layer::kAccessAcl, layer::minimalAcl(0600)}});
    CHECK(found.at("d/s") ==
          Xattrs{{layer::kAccessAcl, layer::minimalAcl(0700)}, {layer::kDefaultAcl, layer::emptyAcl()}});
    CHECK(found.at("d/l").empty());
}
