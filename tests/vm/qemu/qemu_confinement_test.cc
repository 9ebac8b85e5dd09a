#include <catch2/catch.hpp>

#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "sandbox/landlock.hh"
#include "tests/vm/machine_spec.hh"
#include "vm/qemu/qemu_machine.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

constexpr std::size_t kBlock = 4096;

/// The probe in QEMU's place, first in PATH, and the files of a machine.
struct Scene {
    Scene() {
        makeDirectories(bin);
        makeDirectories(run);
        const auto qemu = bin + "/qemu-system-x86_64";
        writeFile(qemu,
                  readFile(std::string(ROOTLAYER_TEST_DATA) + "/qemu/escape_probe.py", "probe", 1 << 20));
        ::chmod(qemu.c_str(), 0755);
        // As on a host: all may search the directories, and the secret is its owner's.
        for (const auto& each : {directory.path(), bin, run})
            ::chmod(each.c_str(), 0755);
        writeFile(secret, "secret");
        ::chmod(secret.c_str(), 0666);
        for (const auto* name : {"kernel", "initramfs", "layer", "scratch", "memory", "state"})
            writeFile(directory.file(name), std::string(kBlock, 'x'));
        spec.kernel = directory.file("kernel");
        spec.initramfs = directory.file("initramfs");
        spec.layers = {{directory.file("layer"), kBlock}};
        spec.scratch = directory.file("scratch");
        spec.directory = run;
        path = ::getenv("PATH");
        ::setenv("PATH", (bin + ":" + path).c_str(), 1);
    }
    ~Scene() { ::setenv("PATH", path.c_str(), 1); }

    /// What the probe says.
    template <typename Start>
    std::string said(const Start& start) {
        try {
            start();
        } catch (const Error& error) {
            return error.hint();
        }
        return "it was taken for QEMU";
    }

    TempDir directory{"/tmp"};
    std::string bin = directory.file("bin");
    std::string run = directory.file("run-of-this-test");
    std::string secret = directory.file("secret");
    std::string path;
    MachineSpec spec = test::exampleSpec();
};

void checkNothingWorked(const std::string& said) {
    CAPTURE(said);
    CHECK(said.find("the probe has ended") != std::string::npos);
    CHECK(said.find("ESCAPED") == std::string::npos);
}

} // namespace

TEST_CASE("a QEMU that was taken over cannot leave: every attempt fails", "[A8][A11]") {
    if (sandbox::Landlock::level() == 0) {
        WARN("this kernel has no Landlock");
        return;
    }
    Scene scene;
    // A caller's descriptor that it forgot to mark O_CLOEXEC.
    const UniqueFd leaked(::open(scene.secret.c_str(), O_RDWR));
    const auto deadline = Deadline::after(std::chrono::seconds(60));
    const FrozenMachine frozen{scene.directory.file("memory"), scene.directory.file("state"), {}};
    SECTION("from a template") {
        checkNothingWorked(scene.said([&] { QemuMachine::restore(scene.spec, frozen, deadline, nullptr); }));
    }
    SECTION("booted") {
        checkNothingWorked(scene.said([&] { QemuMachine::start(scene.spec, deadline, nullptr); }));
    }
    SECTION("booted with KVM") {
        scene.spec.accelerator = Accelerator::Kvm;
        checkNothingWorked(scene.said([&] { QemuMachine::start(scene.spec, deadline, nullptr); }));
    }
    CHECK(readFile(frozen.memory, "memory", 1 << 20) == std::string(kBlock, 'x'));
    CHECK(readFile(scene.secret, "secret", 100) == "secret");
}
