#include <catch2/catch.hpp>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "image/digest_cache.hh"

using namespace rootlayer;
using namespace rootlayer::image;

namespace {

class Place final {
  public:
    std::string path() const { return m_directory.path() + "/base.tar"; }

    void write(const std::string& text) const { std::ofstream(path()) << text; }

    struct stat status() const {
        struct stat status {};
        REQUIRE(::stat(path().c_str(), &status) == 0);
        return status;
    }

    /// The file's digest from a cache whose clock is `later` seconds ahead.
    Digest digest(std::time_t later) {
        const Slice file{std::make_shared<const UniqueFd>(openInput(path(), "file")), 0, 0, "the file"};
        const DigestCache memory(m_directory.path() + "/digests",
                                 [later] { return std::time(nullptr) + later; });
        return memory.of(file, [&] {
            ++reads;
            return sha256(readFile(path(), "file", 1000));
        });
    }

    int reads = 0;

  private:
    TempDir m_directory{std::filesystem::temp_directory_path().string()};
};

} // namespace

TEST_CASE("a file that was not changed since is not read again") {
    Place place;
    place.write("one");
    CHECK(place.digest(100) == sha256("one"));
    CHECK(place.digest(200) == sha256("one"));
    CHECK(place.reads == 1);
    place.write("three");
    CHECK(place.digest(300) == sha256("three"));
    CHECK(place.reads == 2);
}

TEST_CASE("a change with the old time and size is detected") {
    Place place;
    place.write("one");
    const auto old = place.status();
    CHECK(place.digest(100) == sha256("one"));
    do { // until the clock of the file system has moved
        place.write("two");
        const timespec times[] = {old.st_atim, old.st_mtim};
        REQUIRE(::utimensat(AT_FDCWD, place.path().c_str(), times, 0) == 0);
    } while (place.status().st_ctim.tv_sec == old.st_ctim.tv_sec &&
             place.status().st_ctim.tv_nsec == old.st_ctim.tv_nsec);
    CHECK(place.digest(100) == sha256("two"));
}

TEST_CASE("a file that changed just before is read each time") {
    Place place;
    place.write("one");
    for (int times = 1; times <= 2; ++times) {
        CHECK(place.digest(0) == sha256("one"));
        CHECK(place.reads == times);
    }
    CHECK(place.digest(-100) == sha256("one"));
    CHECK(place.reads == 3);
}
