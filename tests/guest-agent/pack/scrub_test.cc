#include <catch2/catch.hpp>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "guest-agent/pack/scrub.hh"
#include "layer/debian_traces.hh"

using namespace rootlayer;
namespace fs = std::filesystem;

namespace {

/// An upper and a lower directory.
class Trees final {
  public:
    Trees() {
        fs::create_directory(m_directory.file("upper"));
        fs::create_directory(m_directory.file("lower"));
    }
    void put(const std::string& path, const std::string& bytes = "x") const {
        fs::create_directories(fs::path(at(path)).parent_path());
        writeFile(at(path), bytes);
    }
    std::string at(const std::string& path) const { return m_directory.file(path); }
    bool has(const std::string& path) const { return fs::exists(fs::symlink_status(at(path))); }
    void scrub(const std::string& what = "debian") const {
        const UniqueFd upper(::open(at("upper").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        const UniqueFd lower(::open(at("lower").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        guest::scrubUpper(upper.get(), lower.get(), what);
    }

  private:
    TempDir m_directory{"/tmp"};
};

} // namespace

TEST_CASE("what Debian's tools leave behind is removed, and nothing else") {
    const Trees trees;
    for (const char* path : {"etc/shadow-", "var/cache/apt/pkgcache.bin", "var/log/apt/term.log",
                             "var/lib/dpkg/status-old", "var/lib/apt/lists/deb_main_Packages"})
        trees.put(std::string("upper/") + path);
    for (const char* path : {"etc/shadow", "var/cache/apt/mine", "var/log/mine.log", "var/lib/dpkg/status"})
        trees.put(std::string("upper/") + path);
    trees.scrub();
    for (const char* path : {"etc/shadow-", "var/cache/apt/pkgcache.bin", "var/log/apt/term.log",
                             "var/lib/dpkg/status-old", "var/lib/apt/lists/deb_main_Packages"}) {
        INFO(path);
        CHECK_FALSE(trees.has(std::string("upper/") + path));
        CHECK(layer::isDebianTrace(path));
    }
    for (const char* path : {"etc/shadow", "var/cache/apt/mine", "var/log/mine.log", "var/lib/dpkg/status"}) {
        INFO(path);
        CHECK(trees.has(std::string("upper/") + path));
        CHECK_FALSE(layer::isDebianTrace(path));
    }
}

TEST_CASE("machine-id is emptied, unless the base has one, which becomes visible again") {
    const Trees trees;
    trees.put("upper/etc/machine-id", "0123456789abcdef\n");
    trees.scrub();
    CHECK(readFile(trees.at("upper/etc/machine-id"), "file", 100).empty());
    trees.put("lower/etc/machine-id", "uninitialized\n");
    trees.scrub();
    CHECK_FALSE(trees.has("upper/etc/machine-id"));
}

TEST_CASE("a directory keeps its time, whatever is removed from it") {
    const Trees trees;
    trees.put("upper/var/log/dpkg.log");
    const timespec times[] = {{1000, 5}, {2000, 7}};
    REQUIRE(::utimensat(AT_FDCWD, trees.at("upper/var/log").c_str(), times, 0) == 0);
    trees.scrub();
    CHECK_FALSE(trees.has("upper/var/log/dpkg.log"));
    struct stat status {};
    REQUIRE(::stat(trees.at("upper/var/log").c_str(), &status) == 0);
    CHECK(status.st_mtim.tv_sec == 2000);
    CHECK(status.st_mtim.tv_nsec == 7);
}

TEST_CASE("scrubbing follows no symlink", "[A9]") {
    const Trees trees;
    trees.put("outside/dpkg.log");
    trees.put("upper/elsewhere/dpkg.log");
    fs::create_directories(trees.at("upper/var"));
    fs::create_symlink("../elsewhere", trees.at("upper/var/log"));
    fs::create_directories(trees.at("upper/var/cache"));
    fs::create_symlink(trees.at("outside"), trees.at("upper/var/cache/ldconfig"));
    trees.scrub();
    CHECK(trees.has("upper/elsewhere/dpkg.log"));
    CHECK(trees.has("upper/var/log"));
    CHECK(trees.has("outside/dpkg.log"));
}

TEST_CASE("there is nothing to scrub in an empty tree, and no other kind of scrubbing") {
    const Trees trees;
    CHECK_NOTHROW(trees.scrub());
    CHECK_THROWS_AS(trees.scrub("fedora"), Error);
}
