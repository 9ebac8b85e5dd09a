#include <catch2/catch.hpp>
#include <cstdint>

#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/directory_cache.hh"
#include "base/file.hh"
#include "base/page_digest.hh"
#include "base/sealed_entry.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMax = std::size_t{1} << 20;

/// A cache with one entry, "one", of two files.
struct Made {
    TempDir temp{"/tmp"};
    DirectoryCache cache{temp.file("cache")};
    int fills = 0;
    const std::string data = std::string(100'000, 'x');

    Made() { ensure(); }

    Seal ensure() {
        return cache.ensure("one", [&](const std::string& into) {
            ++fills;
            writeFile(into + "/data", data);
            writeFile(into + "/sparse", "");
            fs::resize_file(into + "/sparse", kMax);
            writeAt(openToWrite(into + "/sparse").get(), "memory", 500'000, "sparse");
            Seal seal;
            seal.facts = {{"release", "6.1"}};
            seal.add(into, "data");
            seal.addSparse(into, "sparse");
            return seal;
        });
    }
    static UniqueFd openToWrite(const std::string& path) { return UniqueFd(::open(path.c_str(), O_WRONLY)); }
    std::string file(const std::string& name) const { return cache.path("one") + "/" + name; }
    /// Changes one byte in place; the size stays.
    void turn(const std::string& name, std::uint64_t at) const {
        auto byte = readFile(file(name), "file", kMax).substr(at, 1);
        byte[0] ^= 1;
        writeAt(openToWrite(file(name)).get(), byte, at, name);
    }
    /// Shows whether a file was read: only then is its record written again.
    std::string remembered() const {
        return fs::exists(file("verified")) ? readFile(file("verified"), "record", kMax) : "";
    }
    void copyAll() const {
        fs::copy(cache.path("one"), temp.file("copy"), fs::copy_options::recursive);
        fs::remove_all(cache.path("one"));
        fs::rename(temp.file("copy"), cache.path("one"));
    }
};

/// Damages a file like a failing drive: the bytes change, but nothing that stat(2) shows. Adapts the record.
void turnUnseen(const Made& made, const std::string& name, std::uint64_t at) {
    made.turn(name, at);
    ::usleep(30'000);
    SealedEntry(made.cache.path("one")).remember();
}

} // namespace

TEST_CASE("an entry that nobody touched is not read again", "[A12]") {
    Made made;
    turnUnseen(made, "data", 5);
    CHECK(made.ensure().damage.empty());
    CHECK(made.fills == 1);
    CHECK(made.cache.damage("one") == "its file \"data\" does not match its seal");
}

TEST_CASE("a byte that was changed, in any file of an entry, is found at the next use", "[A12]") {
    Made made;
    const auto what = GENERATE(as<std::string>(), "data", "sparse");
    made.turn(what, what == "data" ? 99'999 : 500'003);
    CHECK(made.ensure().damage == "its file \"" + what + "\" does not match its seal");
    CHECK(made.fills == 2);
    CHECK(made.ensure().damage.empty());
    CHECK(made.fills == 2);
}

TEST_CASE("a change just after the entry was made, with the old times, is found", "[A12]") {
    // Even if the clock is coarse, and the mtime is set back.
    for (int turn = 0; turn < 20; ++turn) {
        Made made;
        struct stat before {};
        REQUIRE(::stat(made.file("data").c_str(), &before) == 0);
        made.turn("data", 7);
        const timespec times[2]{before.st_atim, before.st_mtim};
        ::utimensat(AT_FDCWD, made.file("data").c_str(), times, 0);
        made.ensure();
        REQUIRE(made.fills == 2);
    }
}

TEST_CASE("a byte that was changed in the seal is found, wherever it is", "[A12]") {
    Made made;
    const auto text = readFile(made.file("seal"), "seal", kMax);
    for (std::size_t at = 0; at < text.size(); ++at) {
        made.turn("seal", at);
        REQUIRE_FALSE(made.cache.find("one"));
        made.turn("seal", at);
    }
    CHECK(made.ensure().fact("release") == "6.1");
    CHECK(made.fills == 1);
}

TEST_CASE("seals of earlier versions are read", "[A12]") {
    Seal seal;
    seal.facts = {{"release", "6.1"}};
    auto text = encodeSeal(seal);
    text = "rootlayer-seal 1" + text.substr(16, text.rfind("\nend ") + 1 - 16) + "end\n";
    const auto old = decodeSeal(text);
    REQUIRE(old);
    CHECK(old->fact("release") == "6.1");
}

TEST_CASE("an entry whose file is missing, truncated, empty or not a file is recreated", "[A12]") {
    Made made;
    const auto name = GENERATE(as<std::string>(), "data", "sparse", "seal");
    const auto how = GENERATE(as<std::string>(), "removed", "cut", "emptied", "a directory");
    const auto path = made.file(name);
    if (how == "cut") fs::resize_file(path, fs::file_size(path) - 1);
    if (how == "emptied") fs::resize_file(path, 0);
    if (how == "removed" || how == "a directory") fs::remove(path);
    if (how == "a directory") fs::create_directory(path);
    CHECK_FALSE(made.ensure().damage.empty());
    CHECK(made.fills == 2);
    CHECK(made.cache.intact("one"));
}

TEST_CASE("an entry that belongs to another user is not trusted", "[A12]") {
    if (::geteuid() != 0) return;
    Made made;
    REQUIRE(::chown(made.file("data").c_str(), 65534, 65534) == 0);
    CHECK(made.ensure().damage == "its file \"data\" belongs to the user 65534");
    CHECK(made.fills == 2);
}

TEST_CASE("an entry to which other users could write is not trusted", "[A12]") {
    Made made;
    const auto directory = fs::path(made.file("data")).parent_path();
    SECTION("its directory") {
        REQUIRE(::chmod(directory.c_str(), 0770) == 0);
        CHECK(made.ensure().damage == "other users can write to its directory");
    }
    SECTION("its file, which they can reach") {
        REQUIRE(::chmod(directory.c_str(), 0755) == 0);
        REQUIRE(::chmod(made.file("data").c_str(), 0666) == 0);
        CHECK(made.ensure().damage == "other users can write to its file \"data\"");
    }
    CHECK(made.fills == 2);
}

TEST_CASE("a copy of a cache is read once, and its record is made anew", "[A12]") {
    Made made;
    const auto before = made.remembered();
    CHECK_FALSE(before.empty());
    made.copyAll();
    CHECK(made.remembered() == before);
    CHECK(made.ensure().damage.empty());
    const auto after = made.remembered();
    CHECK(after != before);
    CHECK(made.ensure().damage.empty());
    CHECK(made.remembered() == after);
    CHECK(made.fills == 1);
}

TEST_CASE("without its record, or with a damaged one, an entry is read and stays", "[A12]") {
    Made made;
    const auto before = made.remembered();
    made.turn("verified", 40);
    CHECK(made.ensure().damage.empty());
    CHECK(made.remembered() == before);
    fs::remove(made.file("verified"));
    CHECK(made.ensure().damage.empty());
    CHECK(made.remembered() == before);
    CHECK(made.fills == 1);
}

TEST_CASE("the digest of pages treats holes as zeros and depends on where a page is", "[A12]") {
    const TempDir temp("/tmp");
    const auto make = [&](const std::string& name, std::uint64_t at, bool holes) {
        writeFile(temp.file(name), holes ? "" : std::string(kMax, '\0'));
        fs::resize_file(temp.file(name), kMax);
        const auto fd = Made::openToWrite(temp.file(name));
        writeAt(fd.get(), "memory", at, name);
        return pageDigest(openInput(temp.file(name), "file").get(), name);
    };
    CHECK(make("holes", 500'000, true) == make("zeros", 500'000, false));
    CHECK(make("first", 0, true) != make("second", 4096, true));
    CHECK(make("last", kMax - 6, true) == make("last zeros", kMax - 6, false));
}
