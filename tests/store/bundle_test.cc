#include <catch2/catch.hpp>

#include <random>

#include <rootlayer/error.hh>

#include "converted.hh"
#include "support/tar_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;

namespace {

/// Small layers with all that a lower directory of an overlay can have.
std::vector<MemoryLayer> smallLayers() {
    std::vector<MemoryLayer> layers;
    layers.emplace_back(
        TarBuilder().directory("", 0750, 7).directory("d", 0711, 3).file("d/a", "old").file("b", "b").str());
    layers.emplace_back(
        TarBuilder().directory("d", 0700).file("d/.wh.a", "").file("c", "c").link("e", "c").str());
    layers.emplace_back(TarBuilder()
                            .file("f", "first")
                            .file("f", "the second")
                            .directory("g")
                            .file("g/.wh..wh..opq", "")
                            .str());
    layers.emplace_back(TarBuilder().link("d/h", "b").symlink("i", "../b").str()); // of a file of the first
    return layers;
}

std::vector<layer::OpenableLayer> sourcesOf(const std::vector<MemoryLayer>& layers) {
    std::vector<layer::OpenableLayer> sources;
    for (const auto& layer : layers)
        sources.push_back(layer.source);
    return sources;
}

std::string noise(std::size_t size) {
    std::mt19937 random(1);
    std::string bytes(size, '\0');
    for (auto& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

/// The contents of a directory of a disk, as if it were a disk of its own.
DiskContent directoryOf(const DiskContent& all, const std::string& directory) {
    DiskContent content;
    for (auto [path, found] : all) {
        if (path != directory && !path.starts_with(directory + "/")) continue;
        const auto cut = [&](const std::string& name) {
            return name == directory ? "" : name.substr(directory.size() + 1);
        };
        found.entry.path = cut(path);
        if (found.entry.type == layer::EntryType::HardLink)
            found.entry.linkTarget = cut(found.entry.linkTarget);
        content.emplace(cut(path), std::move(found));
    }
    return content;
}

struct Cache {
    TempDir temp{"/tmp"};
    LayerStore store{temp.path()};
};

} // namespace

TEST_CASE("small layers that follow one another are directories of one disk, with all that each had alone") {
    const Cache cache;
    const auto layers = smallLayers();
    const auto disks = cache.store.disksFor(sourcesOf(layers));
    REQUIRE(disks.size() == 1);
    REQUIRE(disks[0].directories == 4);
    CHECK(disks[0].size % 4096 == 0);
    const auto together = contentOf(disks[0].path);

    // Three layers are too few for a bundle.
    const MemoryLayer large(TarBuilder().file("noise", noise(2 << 20)).str());
    auto apart = sourcesOf(layers);
    apart.insert(apart.begin() + 3, large.source);
    const auto single = cache.store.disksFor(apart);
    REQUIRE(single.size() == 5);
    for (const std::size_t i : {0U, 1U, 2U, 4U}) {
        CHECK(single[i].directories == 0);
        const auto alone = contentOf(single[i].path);
        const auto inside = directoryOf(together, std::to_string(i == 4 ? 3 : i));
        CHECK(alone.size() > 1);
        CHECK((inside == alone));
    }
}

TEST_CASE("a base with one layer more uses the disks of the one with fewer again") {
    const Cache cache;
    auto layers = smallLayers();
    const auto before = cache.store.disksFor(sourcesOf(layers));
    const int opened = *layers[0].opened;
    layers.emplace_back(TarBuilder().file("one-more", "").str());
    const auto after = cache.store.disksFor(sourcesOf(layers));
    REQUIRE(after.size() == 2);
    CHECK(after[0].path == before[0].path);
    CHECK(after[1].directories == 0);
    CHECK(*layers[0].opened == opened);
}

TEST_CASE("many small layers become few disks") {
    const Cache cache;
    std::vector<MemoryLayer> layers;
    for (int i = 0; i < 127; ++i)
        layers.emplace_back(TarBuilder().file(std::to_string(i), "").str());
    std::vector<std::size_t> directories;
    for (const auto& disk : cache.store.disksFor(sourcesOf(layers)))
        directories.push_back(disk.directories);
    CHECK(directories == std::vector<std::size_t>{64, 32, 16, 8, 4, 0, 0, 0});
}

TEST_CASE("cached layers are enough, even if their base can no longer be read") {
    const Cache cache;
    const auto layers = smallLayers();
    auto sources = sourcesOf(layers);
    cache.store.disksFor({sources.begin(), sources.begin() + 3});
    for (auto& source : sources) {
        source.open = [open = source.open, left = std::make_shared<int>(&source == &sources[3] ? 1 : 0)] {
            if (--*left < 0) throw Error(ErrorCode::Input, "the base is gone");
            return open();
        };
    }
    const auto disks = cache.store.disksFor(sources);
    REQUIRE(disks.size() == 4);
    for (const auto& disk : disks)
        CHECK(disk.directories == 0);
}
