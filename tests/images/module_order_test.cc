#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "base/process.hh"
#include "fake_kernel.hh"
#include "images/module_order.hh"

using namespace rootlayer;
using namespace rootlayer::images;

using Catch::Contains;

TEST_CASE("a module comes after all that it depends on, and only once") {
    const TempDir temp("/tmp");
    const auto order = moduleOrder(makeModules(temp), {"virtio_pci", "virtio_blk"});
    const std::string directory = "kernel/drivers/virtio/";
    CHECK(order == std::vector<std::string>{directory + "virtio.ko", directory + "virtio_ring.ko",
                                            directory + "virtio_pci.ko", directory + "virtio_blk.ko"});
}

TEST_CASE("a built-in module is not loaded") {
    const TempDir temp("/tmp");
    CHECK(moduleOrder(makeModules(temp), {"ext4", "squashfs"}).empty());
}

TEST_CASE("dashes and underscores are the same in a module's name") {
    const TempDir temp("/tmp");
    CHECK(moduleOrder(makeModules(temp), {"virtio_rng"}).back() == "kernel/drivers/virtio/virtio-rng.ko");
}

TEST_CASE("a kernel without a driver that we need is refused by name") {
    const TempDir temp("/tmp");
    CHECK_THROWS_WITH(moduleOrder(makeModules(temp), {"virtio_gpu"}), Contains("has no module virtio_gpu"));
}

TEST_CASE("a module that is only useful is left out where there is none") {
    const TempDir temp("/tmp");
    const auto directory = makeModules(temp);
    CHECK(moduleOrder(directory, {"ext4"}, {"fuse"}).empty());
    writeFile(directory + "/modules.dep", "kernel/fs/fuse/fuse.ko:\n");
    CHECK(moduleOrder(directory, {"ext4"}, {"fuse"}) == std::vector<std::string>{"kernel/fs/fuse/fuse.ko"});
}

TEST_CASE("all wanted modules are found in a kernel that has them") {
    const TempDir temp("/tmp");
    CHECK(moduleOrder(makeModules(temp), wantedModules()).size() == 7);
}

TEST_CASE("modules that depend on each other do not hang the ordering") {
    const TempDir temp("/tmp");
    const auto directory = makeModules(temp);
    writeFile(directory + "/modules.dep", "a.ko: b.ko\nb.ko: a.ko\n");
    CHECK(moduleOrder(directory, {"a"}).size() == 2);
}

TEST_CASE("compressed modules are decompressed") {
    const TempDir temp("/tmp");
    for (const auto& [program, suffix] : {std::pair("gzip", ".gz"), {"xz", ".xz"}, {"zstd", ".zst"}}) {
        if (!findProgram(program)) {
            WARN(program << " is not installed");
            continue;
        }
        const auto path = temp.file(std::string("m-") + program + ".ko");
        writeFile(path, "code");
        requireCommand(Command{{program, "-q", path}}, Deadline::after(std::chrono::seconds(30)),
                       "compressing");
        CHECK(readModule(path + suffix) == "code");
    }
}

TEST_CASE("a damaged compressed module is an error that names it") {
    const TempDir temp("/tmp");
    writeFile(temp.file("bad.ko.xz"), std::string("\xFD"
                                                  "7zXZ\0junk",
                                                  10));
    CHECK_THROWS_WITH(readModule(temp.file("bad.ko.xz")), Contains("bad.ko.xz"));
}
