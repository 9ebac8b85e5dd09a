#include <catch2/catch.hpp>
#include <cstdint>

#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "vm/vmdk_descriptor.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

constexpr std::uint64_t kBlock = 4096;

Extent makeExtent(const std::string& path, std::size_t blocks, char fill) {
    writeFile(path, std::string(blocks * kBlock, fill));
    return {path, blocks * kBlock};
}

} // namespace

TEST_CASE("the descriptor is, byte for byte, the one that QEMU reads") {
    const auto text = vmdkDescriptor({{"/a", 8192}, {"/b", 4096}}, {"layer-0", "layer-1"});
    CHECK(text == readFile(std::string(ROOTLAYER_TEST_DATA) + "/golden/layers.vmdk", "golden file", 1 << 20));
}

TEST_CASE("QEMU shows the layers side by side, whatever the cache's directory is called", "[B16]") {
    if (!findProgram("qemu-io")) {
        WARN("qemu-io is not installed");
        return;
    }
    const TempDir directory("/tmp");
    const auto cache = directory.file("a \"strange\" cache:\nof 'layers'");
    makeDirectories(cache);
    writeVmdkDescriptor(directory.path(),
                        {makeExtent(cache + "/first layer", 2, 'A'), makeExtent(cache + "/$second", 1, 'B')});
    const auto read = runCommand({.argv = {"qemu-io", "-r", "-f", "vmdk", "-c", "read -P 0x41 0 8192", "-c",
                                           "read -P 0x42 8192 4096", vmdkDescriptorPath(directory.path())}},
                                 Deadline::after(std::chrono::seconds(60)));
    INFO(read.out << read.err);
    CHECK(read.status.success());
    CHECK(read.out.find("verification failed") == std::string::npos);
}

TEST_CASE("a layer disk that is missing or too short is named before QEMU sees it", "[A12]") {
    const TempDir directory("/tmp");
    CHECK_THROWS_WITH(writeVmdkDescriptor(directory.path(), {{directory.file("gone"), kBlock}}),
                      Catch::Contains("gone"));
    auto extent = makeExtent(directory.file("short"), 1, 'A');
    extent.size += kBlock;
    CHECK_THROWS_WITH(writeVmdkDescriptor(directory.path(), {extent}),
                      Catch::Contains("4096 bytes instead of 8192"));
}

TEST_CASE("a layer disk of an odd size is an internal error") {
    CHECK_THROWS_AS(vmdkDescriptor({{"/a", 512}}, {"layer-0"}), Error);
    CHECK_THROWS_AS(vmdkDescriptor({{"/a", 0}}, {"layer-0"}), Error);
}
