#include <catch2/catch.hpp>

#include <unistd.h>

#include <rootlayer/error.hh>
#include <rootlayer/export.hh>
#include <rootlayer/guest.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "disk/appliance_cache.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using Catch::Contains;

TEST_CASE("a cache that belongs to another user is refused by all that uses it", "[A12]") {
    if (::geteuid() != 0) {
        WARN("skipped: only root can give a directory away");
        return;
    }
    const TempDir temp("/tmp");
    Settings settings;
    settings.cacheDirectory = temp.file("cache");
    settings.temporaryDirectory = temp.path();
    makeDirectories(settings.cacheDirectory);
    REQUIRE(::chown(settings.cacheDirectory.c_str(), 12345, 12345) == 0);
    test::Recorder observer;
    CHECK_THROWS_WITH(prepareGuest(settings, false, observer), Contains("12345"));
    CHECK_THROWS_WITH(disk::cachedAppliance(settings, nullptr, {}), Contains("12345"));
}
