#include <catch2/catch.hpp>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.hh"
#include "layer/tar_validator.hh"
#include "opened.hh"

using namespace rootlayer;
using namespace rootlayer::test;
namespace fs = std::filesystem;

namespace {

/// A small root file system.
std::string tree(const Bases& bases) {
    const std::string root = bases.makeDirectory("root");
    fs::create_directories(root + "/etc/deep");
    fs::create_directories(root + "/etc-x");
    writeFile(root + "/etc/passwd", "root:x:0:0");
    writeFile(root + "/etc/empty", "");
    writeFile(root + "/etc/big", std::string(1'000'000, 'b'));
    writeFile(root + "/a name\nwith \"all\" \xff", "odd");
    fs::create_hard_link(root + "/etc/passwd", root + "/etc/same");
    fs::create_symlink("/etc/passwd", root + "/link");
    REQUIRE(::mkfifo((root + "/fifo").c_str(), 0640) == 0);
    fs::permissions(root + "/etc/deep", fs::perms(01751));
    const timespec times[2] = {{1'000'000'000, 0}, {1'234'567'890, 999}};
    for (const char* name : {"/etc/passwd", "/link", "/etc/deep"}) {
        REQUIRE(::utimensat(AT_FDCWD, (root + name).c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
    }
    return root;
}

const layer::Entry& entry(const std::vector<layer::Entry>& entries, const std::string& path) {
    for (const layer::Entry& one : entries) {
        if (one.path == path) return one;
    }
    FAIL("no entry " << path);
    throw;
}

std::vector<layer::Entry> entriesOf(const std::string& tar) {
    std::vector<layer::Entry> entries;
    layer::TarValidator validator({}, [&](const layer::Entry& one) { entries.push_back(one); });
    validator.write(tar);
    validator.finish();
    return entries;
}

} // namespace

TEST_CASE("scratch has no layers and an empty config") {
    const Bases bases;
    const auto base = open("scratch", bases.options);
    CHECK(base->layers().empty());
    CHECK(base->config().diffIds().empty());
    CHECK(base->config().platform() == bases.options.platform);
}

TEST_CASE("a tar of any compression is one layer, its own bytes") {
    const Bases bases;
    const std::string tar = makeTar({{"./etc/", "", '5', {}}, {"./etc/passwd", "root", '0', {}}});
    for (const std::string& bytes :
         {tar, gzipped(tar), zstdCompressed(tar), xzCompressed(tar), bzip2Compressed(tar)}) {
        const auto base = open("tar:" + bases.write("r.tar", bytes), bases.options);
        CHECK(readLayers(*base) == std::vector<std::string>{tar});
        CHECK(base->config().diffIds() == std::vector<Digest>{sha256(tar)});
    }
}

TEST_CASE("a tar that changes between its two readings is an error") {
    const Bases bases;
    const std::string path = bases.write("r.tar", makeTar({{"a", "1", '0', {}}}));
    const auto base = open("tar:" + path, bases.options);
    std::fstream(path, std::ios::in | std::ios::out).seekp(512) << "2";
    CHECK_THROWS_AS(readLayers(*base), Error);
}

TEST_CASE("a directory is one canonical layer with all that a tar can hold", "[T1][T8]") {
    const Bases bases;
    const auto base = open("dir:" + tree(bases), bases.options);
    const std::string tar = readLayers(*base).at(0);
    CHECK(base->config().diffIds() == std::vector<Digest>{sha256(tar)});
    const auto entries = entriesOf(tar);
    CHECK(entry(entries, "etc/passwd").mtime == 1'234'567'890);
    CHECK(entry(entries, "etc/passwd").uid == ::getuid());
    CHECK(entry(entries, "etc/same").type == layer::EntryType::HardLink);
    CHECK(entry(entries, "etc/same").linkTarget == "etc/passwd");
    CHECK(entry(entries, "etc/big").size == 1'000'000);
    CHECK(entry(entries, "etc/deep").mode == 01751);
    CHECK(entry(entries, "link").linkTarget == "/etc/passwd");
    CHECK(entry(entries, "fifo").type == layer::EntryType::Fifo);
    CHECK(entry(entries, "a name\nwith \"all\" \xff").size == 3);
    CHECK(entries.size() == 10);
}

TEST_CASE("extended attributes of a directory's files are kept, those of the machine are not", "[T7]") {
    const Bases bases;
    const std::string root = tree(bases);
    if (::setxattr((root + "/etc/big").c_str(), "user.note", "x", 1, 0) != 0) {
        WARN("skipped: this file system has no user attributes");
        return;
    }
    const auto base = open("dir:" + root, bases.options);
    const auto entries = entriesOf(readLayers(*base).at(0));
    CHECK(entry(entries, "etc/big").xattrs == std::map<std::string, std::string>{{"user.note", "x"}});
}

TEST_CASE("devices and capabilities of a directory are kept", "[W11][T7]") {
    const Bases bases;
    const std::string root = tree(bases);
    if (::mknod((root + "/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {
        WARN("skipped: making a device needs root");
        return;
    }
    const auto entries = entriesOf(readLayers(*open("dir:" + root, bases.options)).at(0));
    CHECK(entry(entries, "null").type == layer::EntryType::CharDevice);
    CHECK(entry(entries, "null").devMajor == 1);
    CHECK(entry(entries, "null").devMinor == 3);
}

TEST_CASE("sockets in a directory are left out", "[W12]") {
    const Bases bases;
    const std::string root = bases.makeDirectory("root");
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ::strncpy(address.sun_path, (root + "/s").c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(entriesOf(readLayers(*open("dir:" + root, bases.options)).at(0)).empty());
}

TEST_CASE("a file in a directory that would be read as a deletion is refused, and named", "[W10]") {
    const Bases bases;
    const std::string root = tree(bases);
    writeFile(root + "/etc/.wh.passwd", "");
    const Error error = failure("dir:" + root, bases.options);
    CHECK(error.code() == ErrorCode::Input);
    CHECK_THAT(error.message(), Catch::Contains("etc/.wh.passwd"));
}

TEST_CASE("a file in a directory that cannot be read is an error that names it, with a hint") {
    if (::geteuid() == 0) {
        WARN("skipped: root can read everything");
        return;
    }
    const Bases bases;
    const std::string root = tree(bases);
    fs::permissions(root + "/etc/big", fs::perms::none);
    const Error error = failure("dir:" + root, bases.options);
    CHECK(error.code() == ErrorCode::Input);
    CHECK_THAT(error.message(), Catch::Contains("etc/big"));
    CHECK_THAT(error.hint(), Catch::Contains("root"));
}

TEST_CASE("a directory that changes between its two readings is an error") {
    const Bases bases;
    const std::string root = tree(bases);
    const auto base = open("dir:" + root, bases.options);
    writeFile(root + "/etc/new", "");
    CHECK_THROWS_WITH(readLayers(*base), Catch::Contains("changed while it was read"));
}

TEST_CASE("the root of a directory may be a symlink, and symlinks in it are not followed") {
    const Bases bases;
    const std::string root = bases.makeDirectory("root");
    fs::create_symlink("/", root + "/everything");
    fs::create_symlink(root, bases.path("alias"));
    const auto entries = entriesOf(readLayers(*open("dir:" + bases.path("alias"), bases.options)).at(0));
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].type == layer::EntryType::Symlink);
}

TEST_CASE("a file is no directory: the hint says what to do") {
    const Bases bases;
    CHECK_THAT(failure("dir:" + bases.write("f.tar", "x"), bases.options).hint(), Catch::Contains("tar:"));
    CHECK(failure("dir:" + bases.path("none"), bases.options).code() == ErrorCode::Input);
}
