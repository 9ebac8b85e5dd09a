#include <catch2/catch.hpp>
#include <cstdint>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <rootlayer/cache.hh>
#include <rootlayer/error.hh>

#include "base/directory_cache.hh"
#include "base/file.hh"
#include "base/last_user.hh"
#include "base/temp_dir.hh"

using namespace rootlayer;
using Kind = CacheEntry::Kind;

namespace {

constexpr std::size_t kSize = std::size_t{64} << 10;

/// A cache with entries that were used one after another, the first one least recently.
struct MadeUp {
    TempDir directory{"/tmp"};
    Settings settings;
    int uses = 0;

    MadeUp() { settings.cacheDirectory = directory.path(); }

    DirectoryCache room(const std::string& name) const { return DirectoryCache(directory.file(name)); }

    Seal add(const std::string& where, const std::string& name) {
        const auto seal = room(where).ensure(name, [](const std::string& into) {
            writeFile(into + "/data", std::string(kSize, 'x'));
            Seal made;
            made.add(into, "data");
            return made;
        });
        use(where, name);
        return seal;
    }
    void use(const std::string& where, const std::string& name) {
        const timespec time{1'000'000'000 + ++uses, 0};
        const timespec times[2]{time, time};
        REQUIRE(::utimensat(AT_FDCWD, (room(where).path(name) + "/seal").c_str(), times, 0) == 0);
    }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& entry : Cache(settings).entries())
            result.push_back(entry.name);
        return result;
    }
    std::uint64_t size() const {
        std::uint64_t sum = 0;
        for (const auto& entry : Cache(settings).entries())
            sum += entry.size;
        return sum;
    }
};

std::vector<std::string> namesOf(const std::vector<CacheEntry>& entries) {
    std::vector<std::string> result;
    for (const auto& entry : entries)
        result.push_back(entry.name);
    return result;
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("a cache that was never used is empty") {
    const TempDir directory("/tmp");
    Settings settings;
    settings.cacheDirectory = directory.file("none");
    CHECK(Cache(settings).entries().empty());
    CHECK(Cache(settings).prune(0).empty());
    CHECK(Cache(settings).verify().empty());
    CHECK_FALSE(std::filesystem::exists(settings.cacheDirectory));
}

TEST_CASE("a cache lists the kind and size of all entries, most recently used first") {
    MadeUp cache;
    cache.add("layers", "layer");
    cache.add("guest", "image");
    cache.add("templates", "machine");
    cache.add("kernel", "debian");
    const auto entries = Cache(cache.settings).entries();
    CHECK(namesOf(entries) == Names{"debian", "machine", "image", "layer"});
    CHECK(entries[0].kind == Kind::Kernel);
    CHECK(entries[1].kind == Kind::Template);
    CHECK(entries[2].kind == Kind::GuestImage);
    CHECK(entries[3].kind == Kind::Layer);
    for (const auto& entry : entries)
        CHECK(entry.size >= kSize);
}

TEST_CASE("listing a cache does not count as a use") {
    MadeUp cache;
    cache.add("layers", "old");
    cache.add("layers", "new");
    const auto before = Cache(cache.settings).entries();
    Cache(cache.settings).verify();
    CHECK(Cache(cache.settings).entries()[0].lastUse == before[0].lastUse);
}

TEST_CASE("pruning removes the least recently used entries, and no more than necessary") {
    MadeUp cache;
    cache.add("layers", "a");
    cache.add("templates", "b");
    cache.add("layers", "c");
    cache.use("layers", "a");
    const auto whole = cache.size();
    CHECK(Cache(cache.settings).prune(whole).empty());
    CHECK(namesOf(Cache(cache.settings).prune(whole - 1)) == Names{"b"});
    CHECK(namesOf(Cache(cache.settings).prune(0)) == Names{"c", "a"});
    CHECK(cache.names().empty());
}

TEST_CASE("pruning keeps entries that are held") {
    MadeUp cache;
    auto held = cache.add("layers", "held");
    cache.add("layers", "other");
    CHECK(namesOf(Cache(cache.settings).prune(0)) == Names{"other"});
    CHECK(cache.names() == Names{"held"});
    held.hold.reset();
    CHECK(namesOf(Cache(cache.settings).prune(0)) == Names{"held"});
}

TEST_CASE("pruning keeps entries that are being made") {
    MadeUp cache;
    cache.room("layers").ensure("slow", [&](const std::string& into) {
        writeFile(into + "/data", "half");
        CHECK(Cache(cache.settings).prune(0).empty());
        Seal seal;
        seal.add(into, "data");
        return seal;
    });
    CHECK(cache.names() == Names{"slow"});
}

TEST_CASE("pruning removes the leftovers of killed processes") {
    MadeUp cache;
    cache.add("layers", "whole");
    std::filesystem::create_directories(cache.directory.file("layers/half.partial"));
    Cache(cache.settings).prune(cache.size());
    CHECK_FALSE(std::filesystem::exists(cache.directory.file("layers/half.partial")));
    CHECK(cache.names() == Names{"whole"});
}

TEST_CASE("verifying a cache removes damaged entries, and nothing else") {
    MadeUp cache;
    for (const auto* name : {"changed", "cut", "good", "gone", "sealless"})
        cache.add("layers", name);
    const auto layers = cache.directory.file("layers/");
    std::ofstream(layers + "changed/data", std::ios::in | std::ios::binary) << 'y';
    std::filesystem::resize_file(layers + "cut/data", 100);
    std::filesystem::remove(layers + "gone/data");
    std::ofstream(layers + "sealless/seal") << "nonsense";

    Names damaged;
    for (const auto& damage : Cache(cache.settings).verify()) {
        CHECK(damage.removed);
        CHECK_FALSE(damage.reason.empty());
        damaged.push_back(damage.entry.name);
    }
    std::sort(damaged.begin(), damaged.end());
    CHECK(damaged == Names{"changed", "cut", "gone", "sealless"});
    CHECK(cache.names() == Names{"good"});
    CHECK(Cache(cache.settings).verify().empty());
}

TEST_CASE("a damaged entry that is in use is reported and kept") {
    MadeUp cache;
    const auto held = cache.add("layers", "held");
    std::ofstream(cache.directory.file("layers/held/data"), std::ios::in | std::ios::binary) << 'y';
    const auto damages = Cache(cache.settings).verify();
    REQUIRE(damages.size() == 1);
    CHECK_FALSE(damages[0].removed);
    CHECK(cache.names() == Names{"held"});
}

TEST_CASE("an entry names the base that used it last, and is intact with that") {
    MadeUp cache;
    cache.add("layers", "own1-a");
    cache.add("templates", "t");
    rememberUser(cache.room("layers").path("own1-a"), "tar:debian.tar");
    const auto entries = Cache(cache.settings).entries();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].lastBase.empty());
    CHECK(entries[1].lastBase == "tar:debian.tar");
    CHECK(Cache(cache.settings).verify().empty());
    CHECK(cache.room("layers").removeUnused("own1-a"));
    CHECK(Cache(cache.settings).entries().size() == 1);
}
