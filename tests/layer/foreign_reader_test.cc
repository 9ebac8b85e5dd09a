#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>

#include <catch2/catch.hpp>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "foreign_reader.hh"
#include "hostile_tar.hh"
#include "random_layer.hh"

using namespace rootlayer;
using namespace rootlayer::layer;
using namespace rootlayer::test;

namespace {

constexpr int kSeeds = 8;

bool installed(const ForeignReader& reader) {
    if (findProgram(reader.program())) return true;
    WARN(reader.program() << " is not installed; skipped");
    return false;
}

void checkReads(const ForeignReader& reader, const Items& items) {
    const TempDir directory(std::filesystem::temp_directory_path());
    writeFile(directory.file("layer.tar"), tarOf(items));
    const auto read = reader.read(directory.file("layer.tar"));
    const auto expected = reader.expected(items);
    CHECK(read.size() == expected.size());
    for (std::size_t i = 0; i < std::min(read.size(), expected.size()); ++i)
        if (read[i] != expected[i]) FAIL_CHECK("read:     " << read[i] << "\nexpected: " << expected[i]);
}

void checkReadsAll(const ForeignReader& reader, Names names = Names::Any) {
    if (!installed(reader)) return;
    checkReads(reader, {});
    checkReads(reader, sampleLayer());
    for (int seed = 1; seed <= kSeeds; ++seed) {
        INFO("seed " << seed);
        checkReads(reader, randomLayer(static_cast<std::uint64_t>(seed), names));
    }
}

Item large(std::string path, std::uint64_t size) {
    auto entry = file(std::move(path));
    entry.size = size;
    return {entry};
}

/// A tar whose first file is a hole.
void writeSparse(const std::string& path, const Items& items) {
    const auto header = [](const Item& item) {
        const auto tar = uncheckedTar(Items{item});
        return tar.substr(0, tar.size() - tarEnd().size());
    };
    const auto start = header(items[0]);
    const auto rest = start.size() + items[0].entry.size;
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(fd.get() >= 0);
    writeAt(fd.get(), start, 0, path);
    writeAt(fd.get(), header(items[1]) + tarEnd(), (rest + 511) / 512 * 512, path);
}

} // namespace

TEST_CASE("GNU tar reads what we write", "[T3][B16]") {
    checkReadsAll(GnuTar());
}

// With names over 100 bytes that are not UTF-8 it ends at the first: it asks for hdrcharset, which T4
// forbids. From 3.8 on it also ends at an attribute whose name has more than 128 bytes.
TEST_CASE("libarchive reads what we write", "[T3][B16]") {
    checkReadsAll(BsdTar(), Names::Ascii);
}

TEST_CASE("Python reads what we write, extended attributes too", "[T3][T7][B16]") {
    checkReadsAll(PythonTar());
}

TEST_CASE("files around 8 GiB have a size that everybody reads", "[T3]") {
    for (const std::uint64_t size : {8589934591, 8589934592, 10000000001}) {
        const Items items{large("big", size), {file("small")}};
        const TempDir directory(std::filesystem::temp_directory_path());
        writeSparse(directory.file("layer.tar"), items);
        const PythonTar python(false);
        if (installed(python)) CHECK(python.read(directory.file("layer.tar")) == python.expected(items));
        const GnuTar gnu;
        if (installed(gnu)) CHECK(gnu.read(directory.file("layer.tar")) == gnu.expected(items));
    }
}
