#include <catch2/catch.hpp>
#include <cstdint>

#include <fmt/format.h>
#include <string>

#include <rootlayer/error.hh>

#include "base/temp_dir.hh"
#include "store/flat_tree.hh"
#include "store/layer_tree.hh"
#include "store/node_memory.hh"
#include "store/path_finder.hh"
#include "support/tar_builder.hh"

using namespace rootlayer;
using namespace rootlayer::test;
using namespace rootlayer::store;

using Catch::Contains;

namespace {

/// "d/d/.../d", so many names deep.
std::string deep(std::size_t depth) {
    std::string path = "d";
    for (std::size_t i = 1; i < depth; ++i)
        path += "/d";
    return path;
}

/// So many files, each below directories of its own: "0/d/d/.../f".
std::string deepFiles(int count, std::size_t depth) {
    TarBuilder tar;
    for (int i = 0; i < count; ++i)
        tar.file(fmt::format("{}/{}/f", i, deep(depth)), "x");
    return tar.str();
}

std::string manyFiles(int count) {
    TarBuilder tar;
    for (int i = 0; i < count; ++i)
        tar.file(fmt::format("d/{}", i), "x");
    return tar.str();
}

/// Cancels a token when it has given all bytes: what follows is the caller's own work.
class LastBytes final : public Source {
  public:
    LastBytes(std::string_view bytes, const CancelToken& cancel) : m_source(bytes), m_cancel(cancel) {}
    std::size_t read(std::span<char> buffer) override {
        const auto got = m_source.read(buffer);
        if (got == 0) m_cancel.cancel();
        return got;
    }

  private:
    StringSource m_source;
    const CancelToken& m_cancel;
};

template <typename Act>
ErrorCode failure(const Act& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::Internal;
}

/// Adds entries until the tree refuses; returns the message and how many it took.
template <typename MakeEntry>
std::pair<std::string, std::uint64_t> refusal(LayerTree& tree, std::uint64_t most, const MakeEntry& entry) {
    for (std::uint64_t i = 1; i <= most; ++i) {
        try {
            tree.add(i, entry(i));
        } catch (const Error& error) {
            return {error.what(), i};
        }
    }
    return {"accepted", most};
}

const LowerLookup kNoLower = [](const std::string&) { return std::nullopt; };

} // namespace

TEST_CASE("the paths of an image have a bound in all, whatever its depth", "[A4]") {
    const auto bytes = deepFiles(20, 2000);
    StringSource few(bytes);
    FlatTree tree(nullptr, nullptr);
    CHECK_NOTHROW(tree.add(few));
    LayerTree layer;
    const auto [message, entries] = refusal(layer, 1000, [](std::uint64_t i) {
        return layer::Entry{.path = fmt::format("{}/{}/f", i, deep(2000))};
    });
    CHECK_THAT(message, Contains("the paths of the image have more than 536870912 bytes in all"));
    CHECK(entries < 200);
}

TEST_CASE("the paths of merged layers have the same bound as those of one layer", "[A4]") {
    FlatTree tree(nullptr, nullptr);
    std::string message;
    for (int layer = 0; layer < 20 && message.empty(); ++layer) {
        TarBuilder tar;
        for (int i = 0; i < 10; ++i)
            tar.file(fmt::format("{}-{}/{}/f", layer, i, deep(2000)), "x");
        const auto bytes = tar.str();
        StringSource source(bytes);
        try {
            tree.add(source);
        } catch (const Error& error) {
            message = error.what();
        }
    }
    CHECK_THAT(message, Contains("the paths of the image have more than"));
}

TEST_CASE("paths that a layer has removed do not count", "[A4]") {
    FlatTree tree(nullptr, nullptr);
    for (int layer = 0; layer < 20; ++layer) {
        TarBuilder tar;
        if (layer > 0) tar.file(fmt::format(".wh.{}", layer - 1), "");
        tar.file(fmt::format("{}/a/{}/f", layer, deep(2000)), "x");
        for (int i = 0; i < 10; ++i)
            tar.file(fmt::format("{}/{}/{}/f", layer, i, deep(2000)), "x");
        const auto bytes = tar.str();
        StringSource source(bytes);
        CHECK_NOTHROW(tree.add(source));
    }
}

TEST_CASE("the memory of a tree is bounded by what it really takes, paths and attributes included", "[A4]") {
    // 1 MiB in all; each entry names a file of a directory with a long path, and has a long attribute.
    LayerTree tree(LayerTree::Purpose::Layer, nullptr, 1U << 20U);
    const auto [message, entries] = refusal(tree, 10'000, [](std::uint64_t i) {
        return layer::Entry{.path = fmt::format("{}/{}", deep(100), i),
                            .xattrs = {{"user.attribute-with-a-name", std::string(900, 'x')}}};
    });
    CHECK_THAT(message, Contains("the names and attributes of the image need more than"));
    // 1.4 kB for each: node, inode, attribute and its value.
    CHECK(entries > 500);
    CHECK(entries < 750);
}

TEST_CASE("an inode does not keep the memory of its path", "[A4]") {
    LayerTree tree;
    const auto* node = tree.add(1, {.path = deep(2000) + "/f"});
    REQUIRE(node != nullptr);
    CHECK(node->inode->attributes.path.capacity() == std::string().capacity());
    CHECK(memoryOf(*node->inode) < 300);
}

TEST_CASE("a layer that is added may take only the memory that the tree has left", "[A4]") {
    TreeBudget budget(1000);
    budget.takeMemory(900);
    CHECK(budget.memoryLeft() == 100);
    CHECK_THROWS_WITH(budget.takeMemory(101), Contains("of memory"));
    budget.giveBackMemory(500);
    CHECK_NOTHROW(budget.takeMemory(600));
}

TEST_CASE("nested links to missing names are refused before their tree is made", "[A1][A4][B18]") {
    // 40 links whose targets go on with 2,000 names each: a tree 80,000 deep, which no stack could destroy.
    TarBuilder tar;
    for (int i = 0; i < 39; ++i)
        tar.symlink(fmt::format("s{}", i), fmt::format("s{}/{}", i + 1, deep(2000)));
    tar.symlink("s39", "missing/" + deep(2000)).file("s0/x", "x");
    const auto bytes = tar.str();
    StringSource source(bytes);
    FlatTree tree(nullptr, nullptr);
    CHECK_THROWS_WITH(tree.add(source), Contains("symbolic links lead to a path of more than"));
}

TEST_CASE("a directory that became a file is not entered any more", "[A1][B11]") {
    // The lookup of the last entry starts from what the one before has found.
    LayerTree tree;
    tree.add(1, {.path = "a/b/c"});
    tree.add(2, {.path = "a/b/d"});
    tree.add(3, {.path = "a/b"});
    CHECK_THROWS_WITH(tree.add(4, {.path = "a/b/e"}), Contains("\"a/b\", which is not a directory"));
    tree.add(5, {.path = "a", .type = layer::EntryType::Symlink, .linkTarget = "z"});
    const auto* node = tree.add(6, {.path = "a/b/f"});
    REQUIRE(node != nullptr);
    CHECK(node->path() == "z/b/f");
}

TEST_CASE("a path is found whatever path was looked up before") {
    LayerTree tree;
    for (const auto* path : {"a/b/c", "a/bc/d", "ab/c", "a/b/cd/e"})
        tree.add(1, {.path = path});
    const std::vector<std::string> known{"", "a", "a/b", "a/b/c", "a/bc", "a/bc/d", "ab", "ab/c", "a/b/cd/e"};
    const std::vector<std::string> unknown{"b", "a/c", "a/b/c/x", "a/b/x", "abc", "a/bc/c", "ab/cd"};
    PathFinder finder;
    for (const auto& before : known) {
        for (const auto& path : known) {
            finder.find(tree.root(), before);
            const auto* node = finder.find(tree.root(), path);
            REQUIRE(node != nullptr);
            CHECK(node->path() == path);
        }
        for (const auto& path : unknown) {
            finder.find(tree.root(), path);
            CHECK(finder.find(tree.root(), before) != nullptr);
            CHECK(finder.find(tree.root(), path) == nullptr);
        }
    }
}

TEST_CASE("links in chains are resolved, forwards and backwards, and cycles are found", "[A4][B10]") {
    constexpr int length = 5000;
    TarBuilder forwards;
    TarBuilder backwards;
    TarBuilder ring;
    for (int i = 0; i < length; ++i)
        forwards.link(fmt::format("l{}", i), fmt::format("l{}", i + 1));
    forwards.file(fmt::format("l{}", length), "x");
    backwards.link("l0", "f");
    for (int i = 1; i < length; ++i)
        backwards.link(fmt::format("l{}", i), fmt::format("l{}", i - 1));
    backwards.file("f", "x");
    for (int i = 0; i < length; ++i)
        ring.link(fmt::format("l{}", i), fmt::format("l{}", (i + 1) % length));
    for (const auto& bytes : {forwards.str(), backwards.str()}) {
        StringSource source(bytes);
        FlatTree tree(nullptr, nullptr);
        tree.add(source);
        CHECK(tree.entry("l4999")->size == 1);
        CHECK(tree.extent().names == length + 1);
    }
    const auto bytes = ring.str();
    StringSource source(bytes);
    FlatTree tree(nullptr, nullptr);
    CHECK_THROWS_WITH(tree.add(source), Contains("cycle"));
}

TEST_CASE("a request to stop is answered after the last byte of a layer was read", "[A12]") {
    const CancelToken cancel;
    const auto bytes = manyFiles(100);
    LastBytes source(bytes, cancel);
    FlatTree tree(nullptr, &cancel);
    std::uint64_t told = 0;
    CHECK(failure([&] { tree.add(source, [&](const TreeChange&) { ++told; }); }) == ErrorCode::Cancelled);
    CHECK(told == 0);
}

TEST_CASE("a request to stop is answered at each lookup in the lower layers", "[A12]") {
    const CancelToken cancel;
    LayerTree tree(LayerTree::Purpose::Squashfs, &cancel);
    for (std::uint64_t i = 1; i < 100; ++i)
        tree.add(i, {.path = fmt::format("{}/f", i)});
    int looks = 0;
    const auto lookup = [&](const std::string&) -> std::optional<LowerEntry> {
        if (++looks == 10) cancel.cancel();
        return std::nullopt;
    };
    CHECK(failure([&] { tree.finish(lookup); }) == ErrorCode::Cancelled);
    CHECK(looks == 10);
}

TEST_CASE("a request to stop is answered at each name of a walk, a merge and a tar", "[A12]") {
    const CancelToken cancel;
    const TempDir temp("/tmp");
    FileSpool spool(temp.path());
    FlatTree tree(&spool, &cancel);
    const auto bytes = manyFiles(1000);

    SECTION("a merge") {
        StringSource source(bytes);
        int told = 0;
        const auto onChange = [&](const TreeChange&) {
            if (++told == 10) cancel.cancel();
        };
        CHECK(failure([&] { tree.add(source, onChange); }) == ErrorCode::Cancelled);
        CHECK(told == 10);
    }
    SECTION("a walk") {
        LayerTree layer(LayerTree::Purpose::Layer, &cancel);
        for (std::uint64_t i = 1; i < 100; ++i)
            layer.add(i, {.path = fmt::format("{}", i)});
        layer.finish(kNoLower);
        int visited = 0;
        const auto visit = [&](Node&, const std::string&) {
            if (++visited == 10) cancel.cancel();
        };
        CHECK(failure([&] { layer.visit(visit); }) == ErrorCode::Cancelled);
        CHECK(visited == 10);
    }
    SECTION("a tar") {
        StringSource source(bytes);
        tree.add(source);
        int written = 0;
        FunctionSink out([&](std::string_view) {
            if (++written == 2) cancel.cancel();
        });
        CHECK(failure([&] { tree.write(out); }) == ErrorCode::Cancelled);
        CHECK(written == 2);
    }
}
