#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/file.hh"
#include "base/private_dir.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;

namespace {

/// "" if the part can be used.
std::string errorOf(const std::string& cache) {
    try {
        static_cast<void>(CacheDirectory(cache).layers());
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Input);
        CHECK_FALSE(error.hint().empty());
        return error.message();
    }
    return {};
}

} // namespace

TEST_CASE("a cache to which other users can write is refused, and so is a part of it", "[A12]") {
    const TempDir directory("/tmp");
    const auto cache = directory.file("cache");
    REQUIRE(errorOf(cache).empty());
    const auto layers = CacheDirectory(cache).layers();
    makeDirectories(layers);
    REQUIRE(errorOf(cache).empty());
    for (const auto& path : {cache, layers}) {
        for (const mode_t mode : {0777, 0770, 0720, 0702}) {
            REQUIRE(::chmod(path.c_str(), mode) == 0);
            CHECK(errorOf(cache).starts_with("other users can write to the cache "));
        }
        REQUIRE(::chmod(path.c_str(), 0755) == 0);
        CHECK(errorOf(cache).empty());
    }
}

TEST_CASE("a part of a cache that is another user's, or a symlink, is refused", "[A12]") {
    const TempDir directory("/tmp");
    const auto cache = directory.file("cache");
    REQUIRE(errorOf(cache).empty());
    const auto layers = CacheDirectory(cache).layers();
    if (::geteuid() == 0) {
        makeDirectories(layers);
        REQUIRE(::chown(layers.c_str(), 65534, 65534) == 0);
        CHECK(errorOf(cache).find("belongs to the user 65534") != std::string::npos);
        ::rmdir(layers.c_str());
    }
    REQUIRE(::symlink("/tmp", layers.c_str()) == 0);
    CHECK_FALSE(errorOf(cache).empty());
}
