#include <catch2/catch.hpp>
#include <cstdint>

#include <filesystem>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "layer/tar_writer.hh"
#include "layer/whiteout.hh"
#include "run/layer_output.hh"
#include "tests/layer/sample_layer.hh"
#include "tests/support/socket_pair.hh"

using namespace rootlayer;
using namespace rootlayer::test;

namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;

/// A run whose layer goes into a directory of the test's own.
struct Place {
    TempDir directory{"/tmp"};
    std::string path = directory.file("layer.tar");
    std::size_t files() const {
        const std::filesystem::directory_iterator begin(directory.path());
        return static_cast<std::size_t>(std::distance(begin, {}));
    }
};

} // namespace

TEST_CASE("no file has its final name before the layer is committed", "[A12]") {
    const Place place;
    const auto tar = tarOf(sampleLayer());
    run::LayerOutput output({kPlenty});
    output.addFile(place.path);
    output.write(tar);
    const auto summary = output.finish();
    CHECK_FALSE(std::filesystem::exists(place.path));
    output.commit();
    CHECK(readFile(place.path, "layer", kPlenty) == tar);
    CHECK(output.diffId() == sha256(tar));
    CHECK(summary.entries == sampleLayer().size());
}

TEST_CASE("a layer that is not committed leaves nothing, and an existing file stays", "[A12]") {
    const Place place;
    writeFile(place.path, "the one before");
    {
        run::LayerOutput output({kPlenty});
        output.addFile(place.path);
        output.write(tarOf(sampleLayer()));
    }
    CHECK(readFile(place.path, "layer", kPlenty) == "the one before");
    CHECK(place.files() == 1);
}

TEST_CASE("an output that cannot be written is refused before there is a machine") {
    const Place place;
    run::LayerOutput output({kPlenty});
    CHECK_THROWS_AS(output.addFile(place.directory.path()), Error);
    CHECK_THROWS_AS(output.addFile(place.directory.file("no/such/folder/layer.tar")), Error);
}

TEST_CASE("bytes of a layer that violate the rules are not passed on", "[A8]") {
    SocketPair pipe;
    run::LayerOutput output({kPlenty});
    output.addStream(pipe.guest.get());
    CHECK_THROWS_AS(output.write(std::string(512, 'x')), Error);
    pipe.guest.reset();
    char byte = 0;
    CHECK(::read(pipe.host.get(), &byte, 1) == 0);
}

TEST_CASE("a layer that is cut short or larger than its limit is refused", "[A8]") {
    const Place place;
    const auto tar = tarOf(sampleLayer());
    run::LayerOutput cut({kPlenty});
    cut.addFile(place.path);
    cut.write(std::string_view(tar).substr(0, tar.size() - 512));
    CHECK_THROWS_AS(cut.finish(), Error);
    run::LayerOutput small({1024});
    small.addFile(place.path);
    CHECK_THROWS_AS(small.write(tar), Error);
}

TEST_CASE("files that differ from run to run are counted as they pass") {
    run::LayerOutput output({kPlenty});
    const auto id = file("etc/machine-id");
    output.write(tarOf({{directory("etc")},
                        {id},
                        {file("etc/passwd-")},
                        {directory("var")},
                        {directory("var/log")},
                        {layer::whiteoutEntry("var/log/dpkg.log")},
                        {directory("var/log/apt")},
                        {file("var/log/apt/term.log")}}));
    CHECK(output.traces() == 2);
    CHECK(output.firstTrace() == "etc/passwd-");
}

TEST_CASE("a layer may have no output, only a digest") {
    run::LayerOutput output({kPlenty});
    output.write(tarOf({}));
    output.finish();
    output.commit();
    CHECK(output.diffId() == sha256(std::string(1024, '\0')));
}

namespace {

Error refusalOf(run::LayerOutput& output, std::string_view bytes) {
    try {
        output.write(bytes);
    } catch (const Error& error) {
        return error;
    }
    FAIL("it was taken");
    return Error(ErrorCode::Internal, "");
}

/// The header of a file with this much data, as it begins a layer.
std::string announced(std::uint64_t size) {
    StringSink bytes;
    layer::TarWriter tar(bytes);
    auto entry = file("big");
    entry.size = size;
    tar.add(entry);
    tar.dataElsewhere(size); // writes what is buffered
    return bytes.bytes();
}

} // namespace

TEST_CASE("a layer above a limit is refused, and the hint names the option", "[A9]") {
    const auto tar = tarOf(sampleLayer());
    SECTION("bytes") {
        run::LayerOutput output({tar.size() - 1});
        const auto error = refusalOf(output, tar);
        CHECK(error.code() == ErrorCode::Resource);
        CHECK_THAT(error.hint(), Catch::Contains("--max-layer-size"));
    }
    SECTION("entries") {
        run::LayerOutput output({kPlenty, sampleLayer().size() - 1});
        const auto error = refusalOf(output, tar);
        CHECK(error.code() == ErrorCode::Resource);
        CHECK_THAT(error.hint(), Catch::Contains("--max-entries"));
    }
    SECTION("at the limits") {
        run::LayerOutput output({tar.size(), sampleLayer().size()});
        output.write(tar);
        CHECK(output.finish().bytes == tar.size());
    }
}

TEST_CASE("a file that takes the layer above its limit is refused before its data, by name", "[A9]") {
    run::LayerOutput output({kPlenty});
    const auto error = refusalOf(output, announced(kPlenty));
    CHECK(error.code() == ErrorCode::Resource);
    CHECK_THAT(error.what(), Catch::Contains("big") && Catch::Contains("1.0 GiB"));
    CHECK_THAT(error.hint(), Catch::Contains("--max-layer-size") && Catch::Contains("sparse"));
}

TEST_CASE("a file that does not fit in the output's file system is refused before its data", "[A9]") {
    constexpr std::uint64_t huge = std::uint64_t{1} << 60;
    const Place place;
    SECTION("there are more bytes than there is room") {
        run::LayerOutput output({2 * huge});
        output.addFile(place.path);
        output.setStored(huge);
        const auto error = refusalOf(output, announced(huge));
        CHECK(error.code() == ErrorCode::Resource);
        CHECK_THAT(error.what(), Catch::Contains("layer.tar") && Catch::Contains("big"));
        CHECK_THAT(error.hint(), Catch::Contains("--output"));
    }
    SECTION("most of it must be holes") {
        run::LayerOutput output({2 * huge});
        output.addFile(place.path);
        output.setStored(4096);
        output.write(announced(huge));
    }
    SECTION("the output is no file") {
        run::LayerOutput output({2 * huge});
        output.addFile("/dev/null");
        output.setStored(huge);
        output.write(announced(huge));
    }
}

TEST_CASE("without an option a layer may be as large as the disk, and at least 1 GiB") {
    RunSpec spec;
    spec.machine.diskSize = std::uint64_t{16} << 20;
    CHECK(run::LayerLimits::of(spec).bytes == std::uint64_t{1} << 30);
    spec.machine.diskSize = std::uint64_t{5} << 30;
    CHECK(run::LayerLimits::of(spec).bytes == std::uint64_t{5} << 30);
    spec.maxLayerSize = 2048;
    CHECK(run::LayerLimits::of(spec).bytes == 2048);
}
