#include <catch2/catch.hpp>
#include <cstdint>

#include <filesystem>
#include <thread>

#include <rootlayer/error.hh>

#include "base/cache_directory.hh"
#include "base/file.hh"
#include "base/last_user.hh"
#include "converted.hh"
#include "support/tar_builder.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;

using Catch::Contains;

namespace {

std::string whole() {
    return TarBuilder().directory("").file("a", std::string(100'000, 'a')).str();
}

std::string withoutRoot() {
    return TarBuilder().file("b/c", "x").str();
}

struct Cache {
    TempDir temp{"/tmp"};
    LayerStore store{temp.file("layers")};
};

} // namespace

TEST_CASE("a layer is converted once and then found again") {
    const Cache cache;
    const MemoryLayer layer(whole());
    const auto first = cache.store.disksFor({layer.source});
    const auto second = cache.store.disksFor({layer.source});
    CHECK(*layer.opened == 1);
    CHECK(first[0].path == second[0].path);
    CHECK(first[0].size % 4096 == 0);
    CHECK(first[0].size == std::filesystem::file_size(first[0].path));
}

TEST_CASE("the names of disks are plain, wherever the cache is") {
    const TempDir temp("/tmp");
    const auto directory = temp.file("a cache with blanks");
    const LayerStore store(directory);
    const auto path =
        store.disksFor({MemoryLayer(whole()).source, MemoryLayer(withoutRoot()).source})[1].path;
    CHECK(path.substr(directory.size()).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-/") ==
          std::string::npos);
}

TEST_CASE("a layer that does not depend on others is shared between bases, one that does is not") {
    const Cache cache;
    const MemoryLayer one(TarBuilder().directory("", 0755).directory("b", 0700).str());
    const MemoryLayer two(TarBuilder().directory("", 0755).directory("b", 0711).str());
    const MemoryLayer self(whole());
    const MemoryLayer leaning(withoutRoot());
    const auto first = cache.store.disksFor({one.source, self.source, leaning.source});
    const auto second = cache.store.disksFor({two.source, self.source, leaning.source});
    CHECK(first[1].path == second[1].path);
    CHECK(*self.opened == 1);
    CHECK(first[2].path != second[2].path);
    CHECK(contentOf(first[2].path).at("b").entry.mode == 0700);
    CHECK(contentOf(second[2].path).at("b").entry.mode == 0711);
}

TEST_CASE("an image may hold the same layer twice") {
    const Cache cache;
    const MemoryLayer layer(whole());
    CHECK(cache.store.disksFor({layer.source, layer.source}).size() == 2);
}

TEST_CASE("an image may have no layers, and a layer may be empty") {
    const Cache cache;
    CHECK(cache.store.disksFor({}).empty());
    CHECK(contentOf(cache.store.disksFor({MemoryLayer(TarBuilder().str()).source})[0].path).size() == 1);
}

TEST_CASE("a disk that was truncated or overwritten is recreated", "[A12]") {
    const Cache cache;
    const MemoryLayer layer(whole());
    const auto disk = cache.store.disksFor({layer.source})[0];
    const auto bytes = readFile(disk.path, "disk", 1U << 20U);
    writeFile(disk.path, bytes.substr(0, 1000));
    cache.store.disksFor({layer.source});
    CHECK(readFile(disk.path, "disk", 1U << 20U) == bytes);
    writeFile(disk.path, std::string(bytes.size(), '\0'));
    cache.store.disksFor({layer.source});
    CHECK(readFile(disk.path, "disk", 1U << 20U) == bytes);
    CHECK(*layer.opened == 3);
}

TEST_CASE("a disk with flipped bits is found by a full check", "[A12]") {
    const Cache cache;
    const auto disks = cache.store.disksFor({MemoryLayer(whole()).source});
    CHECK(cache.store.removeDamaged(disks).empty());
    auto bytes = readFile(disks[0].path, "disk", 1U << 20U);
    bytes[200] ^= 1;
    writeFile(disks[0].path, bytes);
    const auto used = openInput(disks[0].path, "disk"); // by a machine, so that its inode stays
    const auto damages = cache.store.removeDamaged(disks);
    REQUIRE(damages.size() == 1);
    CHECK_THAT(damages[0], Contains("disk.squashfs"));
    CHECK_FALSE(std::filesystem::exists(disks[0].path));
    const auto again = cache.store.disksFor({MemoryLayer(whole()).source});
    CHECK(cache.store.removeDamaged(again).empty());
    CHECK(cache.store.removeDamaged(disks).size() == 1); // a run that read the damaged one gets a report, too
}

TEST_CASE("a disk with one flipped bit is recreated, with a warning", "[A12]") {
    const Cache cache;
    const MemoryLayer layer(whole());
    test::Recorder recorder;
    const auto disk = cache.store.disksFor({layer.source}, &recorder)[0];
    const auto directory = disk.path.substr(0, disk.path.rfind('/') + 1);
    for (const std::string file : {"disk.squashfs", "index"}) {
        const auto bytes = readFile(directory + file, "disk", 1U << 20U);
        auto turned = bytes;
        turned[turned.size() / 2] ^= 1;
        writeFile(directory + file, turned);
        CHECK(recorder.warnings.empty());
        cache.store.disksFor({layer.source}, &recorder);
        REQUIRE(recorder.warnings.size() == 1);
        CHECK_THAT(recorder.warnings[0],
                   Contains("base layer 1") && Contains(file) && Contains("made again"));
        CHECK(readFile(directory + file, "disk", 1U << 20U) == bytes);
        recorder.warnings.clear();
    }
}

TEST_CASE("the same layer gives the same disk, byte for byte", "[T12]") {
    const auto read = [] {
        const Cache cache;
        return readFile(cache.store.disksFor({MemoryLayer(whole()).source})[0].path, "disk", 1U << 20U);
    };
    CHECK(read() == read());
}

TEST_CASE("runs that convert the same layers at once all succeed", "[A12]") {
    const Cache cache;
    const MemoryLayer layer(whole());
    const MemoryLayer upper(withoutRoot());
    std::vector<std::vector<LayerDisk>> results(6);
    std::vector<std::thread> threads;
    for (auto& result : results) {
        threads.emplace_back([&] {
            result = LayerStore(cache.temp.file("layers")).disksFor({layer.source, upper.source});
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& result : results)
        CHECK(result.at(1).path == results[0].at(1).path);
    CHECK(*layer.opened == 1);
    CHECK(*upper.opened == 1);
    CHECK(cache.store.removeDamaged(results[0]).empty());
}

TEST_CASE("what killed runs left incomplete is removed", "[A12]") {
    const Cache cache;
    const auto disk = cache.store.disksFor({MemoryLayer(whole()).source})[0].path;
    const auto directory = disk.substr(0, disk.rfind('/'));
    std::filesystem::rename(directory, directory + ".partial");
    makeDirectories(cache.temp.file("layers/chain1-00.partial"));
    cache.store.sweep();
    for (const auto& entry : std::filesystem::directory_iterator(cache.temp.file("layers"))) {
        CHECK_FALSE(entry.is_directory());
    }
}

TEST_CASE("a source that finds its digest wrong at its end leaves nothing behind", "[A6]") {
    struct Lying final : Source {
        std::string bytes = whole();
        StringSource inner{bytes};
        std::size_t read(std::span<char> buffer) override {
            if (const auto got = inner.read(buffer)) return got;
            throw Error(ErrorCode::Image, "the digest is wrong");
        }
    };
    const Cache cache;
    MemoryLayer layer(whole());
    layer.source.open = [] { return std::make_unique<Lying>(); };
    CHECK_THROWS_WITH(cache.store.disksFor({layer.source}),
                      Contains("base layer 1") && Contains("the digest is wrong"));
    for (const auto& entry : std::filesystem::directory_iterator(cache.temp.file("layers"))) {
        CHECK_FALSE(entry.is_directory());
    }
}

TEST_CASE("a cancelled conversion stops and leaves nothing behind", "[A12]") {
    const Cache cache;
    const CancelToken cancel;
    cancel.cancel();
    CHECK_THROWS_AS(cache.store.disksFor({MemoryLayer(whole()).source}, nullptr, &cancel), Error);
    for (const auto& entry : std::filesystem::directory_iterator(cache.temp.file("layers"))) {
        CHECK_FALSE(entry.is_directory());
    }
}

TEST_CASE("the entry of a layer remembers the base that used it last") {
    const Cache cache;
    const MemoryLayer layer(whole());
    const auto disk = cache.store.disksFor({layer.source}, nullptr, nullptr, "tar:a.tar").at(0).path;
    const auto directory = disk.substr(0, disk.rfind('/'));
    CHECK(rememberedUser(directory) == "tar:a.tar");
    const auto again = cache.store.disksFor({layer.source}, nullptr, nullptr, "tar:b.tar");
    CHECK(rememberedUser(directory) == "tar:b.tar");
    CHECK(cache.store.removeDamaged(again).empty());
}

TEST_CASE("progress ends at the layer's size") {
    struct Recorder final : Observer {
        std::uint64_t done = 0;
        std::uint64_t total = 0;
        void onEvent(const Event& event) override {
            CHECK(event.kind == Event::Kind::Progress);
            done = event.done;
            total = event.total;
        }
    } recorder;
    const Cache cache;
    const MemoryLayer layer(whole());
    cache.store.disksFor({layer.source}, &recorder);
    CHECK(recorder.done == layer.bytes->size());
    CHECK(recorder.total == layer.bytes->size());
}

TEST_CASE("what squashfs cannot hold of a layer is reported at every use, with the layer's number") {
    struct Recorder final : Observer {
        std::vector<std::string> warnings;
        void onEvent(const Event& event) override {
            if (event.kind == Event::Kind::Warning) warnings.emplace_back(event.text);
        }
    } recorder;
    const auto timed = [](std::int64_t time) {
        layer::Entry entry;
        entry.path = "f" + std::to_string(time);
        entry.mtime = time;
        return entry;
    };
    auto withAcl = timed(1);
    withAcl.xattrs = {{"system.posix_acl_access", "bytes"}, {"system.posix_acl_default", "more"}};
    const MemoryLayer plain(TarBuilder().directory("").add(timed(UINT32_MAX)).str());
    const MemoryLayer odd(TarBuilder()
                              .directory("")
                              .add(withAcl)
                              .link("of-the-same", "f1")
                              .pax(paxRecord("SCHILY.acl.access", "user::rw-"))
                              .file("star", "x")
                              .add(timed(std::int64_t{UINT32_MAX} + 1))
                              .str());
    const Cache cache;
    for (int use = 1; use <= 2; ++use) {
        cache.store.disksFor({plain.source, odd.source}, &recorder);
        REQUIRE(recorder.warnings.size() == 2 * static_cast<std::size_t>(use));
    }
    CHECK_THAT(recorder.warnings[2],
               Contains("base layer 2") && Contains("2 entries with a POSIX ACL that is not valid"));
    CHECK_THAT(recorder.warnings[3], Contains("base layer 2") && Contains("1 entry with a time before 1970"));
}

TEST_CASE("chain ids follow the image specification", "[I1]") {
    const auto a = Digest::fromHex(std::string(64, 'a'));
    const auto b = Digest::fromHex(std::string(64, 'b'));
    CHECK(chainId({}, a) == a);
    CHECK(chainId(a, b) == sha256(a.str() + " " + b.str()));
}

TEST_CASE("a cache made by another version is refused by name") {
    const TempDir temp("/tmp");
    const CacheDirectory cache(temp.file("a/cache"));
    CHECK(cache.layers() == cache.path() + "/layers");
    CHECK((std::filesystem::status(cache.path()).permissions() & std::filesystem::perms::mask) ==
          std::filesystem::perms::owner_all);
    CHECK_NOTHROW(CacheDirectory(cache.path()));
    const std::string other = "rootlayer-cache 99";
    writeFile(cache.path() + "/version", other + " " + sha256(other).hex() + "\n");
    CHECK_THROWS_WITH(CacheDirectory(cache.path()), Contains("another version"));
}

TEST_CASE("a version that was damaged is written again", "[A12]") {
    const TempDir temp("/tmp");
    const auto file = temp.file("version");
    CHECK_NOTHROW(CacheDirectory(temp.path()));
    const auto whole = readFile(file, "version", 1024);
    auto texts = std::vector<std::string>{"", "rootlayer-cache 1", std::string(2000, 'x')};
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
        auto turned = whole;
        turned[bit / 8] = static_cast<char>(turned[bit / 8] ^ (1 << (bit % 8)));
        texts.push_back(turned);
    }
    for (const auto& text : texts) {
        writeFile(file, text);
        CHECK_NOTHROW(CacheDirectory(temp.path()));
        CHECK(readFile(file, "version", 1024) == whole);
    }
}
