#include <catch2/catch.hpp>

#include "fake_kernel.hh"
#include "images/initramfs.hh"
#include "images/module_order.hh"

using namespace rootlayer;
using namespace rootlayer::images;

namespace {

std::string initramfs(const std::string& modules) {
    InitramfsParts parts{"the agent", "the busybox", modules,
                         moduleOrder(modules, {"virtio_blk", "overlay"})};
    StringSink out;
    writeInitramfs(parts, out);
    return out.take();
}

} // namespace

TEST_CASE("the initramfs lists its modules in the order in which they must be loaded") {
    const TempDir temp("/tmp");
    const auto bytes = initramfs(makeModules(temp));
    CHECK(bytes.find("00-virtio.ko\n01-virtio_ring.ko\n03-overlay.ko\n") != std::string::npos);
    for (const auto* name : {"init", "busybox", "dev/console", "proc", "sys", "modules/02-virtio_blk.ko"}) {
        CHECK(bytes.find(std::string(name) + '\0') != std::string::npos);
    }
    CHECK(bytes.find("code of virtio_blk.ko") != std::string::npos);
}

TEST_CASE("the disks' driver is in a list of its own: a machine is frozen before it has seen a disk") {
    const TempDir temp("/tmp");
    const auto bytes = initramfs(makeModules(temp));
    const auto list = bytes.find(std::string("modules/late") + '\0');
    REQUIRE(list != std::string::npos);
    CHECK(bytes.find("02-virtio_blk.ko\n", list) != std::string::npos);
    CHECK(bytes.find("overlay.ko\n", list) == std::string::npos);
}

TEST_CASE("the same parts give the same initramfs, whenever and wherever it is made", "[T12]") {
    const TempDir here("/tmp");
    const TempDir there("/tmp");
    CHECK(initramfs(makeModules(here)) == initramfs(makeModules(there)));
}
