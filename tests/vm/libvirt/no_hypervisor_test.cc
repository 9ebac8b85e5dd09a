#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "vm/libvirt/hypervisor.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

Hypervisor hypervisor(const std::string& uri) {
    return Hypervisor({.connectUri = uri, .runtimeDirectory = "/tmp"});
}

} // namespace

TEST_CASE("a build without libvirt says that it cannot connect, and to what") {
    CHECK_FALSE(Hypervisor::available());
    CHECK_NOTHROW(hypervisor("").check());
    try {
        hypervisor("qemu:///session").check();
        FAIL("it is taken");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK_THAT(error.what(), Catch::Contains("no libvirt") && Catch::Contains("qemu:///session"));
        CHECK_THAT(error.hint(), Catch::Contains("--connect"));
    }
}

TEST_CASE("a build without libvirt starts nothing with it") {
    CHECK_THROWS_AS(hypervisor("").start({}, Deadline::never(), nullptr, {}), Error);
}
