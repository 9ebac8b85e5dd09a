#include <catch2/catch.hpp>
#include <cstdint>

#include <rootlayer/error.hh>

#include "base/temp_dir.hh"
#include "tests/vm/machine_spec.hh"
#include "vm/qemu/template_store.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

TEST_CASE("a template's key depends on the machine and not on the run") {
    const TempDir directory("/tmp");
    const TemplateStore store(CachePart(directory.file("templates")), directory.path());
    auto spec = test::exampleSpec();
    const auto key = store.keyOf(spec, "kernel, initramfs");
    spec.directory = "/run/another";
    spec.scratch = "/run/another/scratch";
    spec.layers.pop_back();
    CHECK(store.keyOf(spec, "kernel, initramfs") == key);

    CHECK(store.keyOf(spec, "kernel, another initramfs") != key);
    const auto differs = [&](auto change) {
        auto other = test::exampleSpec();
        change(other);
        return store.keyOf(other, "kernel, initramfs") != key;
    };
    CHECK(differs([](MachineSpec& other) { other.memory *= 2; }));
    CHECK(differs([](MachineSpec& other) { other.processors = 1; }));
    CHECK(differs([](MachineSpec& other) { other.commandLine += " debug"; }));
    CHECK(differs([](MachineSpec& other) { other.accelerator = Accelerator::Kvm; }));
}

TEST_CASE("a refusal is remembered, with the reason, until it is removed") {
    const TempDir directory("/tmp");
    const TemplateStore store(CachePart(directory.file("templates")), directory.path());
    CHECK_FALSE(store.has("key"));
    CHECK_FALSE(store.refusal("key"));
    store.refuse("key", "QEMU refuses migrate");
    CHECK_FALSE(store.has("key"));
    CHECK(store.refusal("key") == "QEMU refuses migrate");
    store.remove("key");
    CHECK_FALSE(store.refusal("key"));
}

TEST_CASE("a machine that does not boot leaves no template, and says why") {
    const TempDir directory("/tmp");
    const TemplateStore store(CachePart(directory.file("templates")), directory.path());
    auto spec = test::exampleSpec();
    spec.kernel = directory.file("no-kernel");
    spec.memory = std::uint64_t{64} << 20;
    CHECK_THROWS_AS(store.make(
                        "key", spec, [](Machine&) {}, nullptr),
                    Error);
    CHECK_FALSE(store.has("key"));
}
