#include <catch2/catch.hpp>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "fake_kernel.hh"
#include "fake_programs.hh"
#include "images/guest_image.hh"
#include "images/kernel_cache.hh"
#include "images/tuned_kernel.hh"

using namespace rootlayer;
using namespace rootlayer::images;

using Catch::Contains;

namespace {

/// A Debian with sources that are built at once.
void addSources(FakePrograms& programs) {
    programs.add("apt-cache", "echo 'Depends: linux-source-9.9 (= 9.9-1)'");
    programs.add("apt-get", "touch linux-source-9.9_1.deb");
    programs.add("dpkg-deb", R"(mkdir -p "$3/usr/src" && touch "$3/usr/src/linux-source-9.9.tar.xz")");
    programs.add("tar", "true");
    for (const auto* tool : {"gcc", "ld", "flex", "bison", "bc", "xz", "depmod"})
        programs.add(tool, "true");
    programs.add("make", "echo \"$@\" >> " + programs.logPath() + R"(
        case "$*" in
        *allnoconfig*) grep -q CONFIG_VIRTIO_BLK=m rootlayer.config || exit 1 ;;
        *vmlinux*) echo "$KBUILD_BUILD_USER" > vmlinux; mkdir -p include/config
                   echo 9.9-rootlayer > include/config/kernel.release ;;
        *modules_install*) for word; do case "$word" in INSTALL_MOD_PATH=*) at=${word#*=} ;; esac; done
            at=$at/lib/modules/9.9-rootlayer; mkdir -p "$at"; touch "$at/modules.dep"
            for m in virtio_pci virtio_console virtio_blk virtio_rng overlay squashfs ext4; do
                echo kernel/$m.ko >> "$at/modules.builtin"
            done ;;
        esac)");
}

bool hasLibelf() {
    if (::access("/usr/include/gelf.h", R_OK) == 0) return true;
    WARN("there are no headers of libelf here");
    return false;
}

} // namespace

TEST_CASE("the guest's own kernel is built when asked, and then found by runs") {
    if (!hasLibelf()) return;
    FakePrograms programs;
    addSources(programs);
    const TempDir temp("/tmp");
    const auto built = cachedTunedKernel(temp.path(), true, false);
    CHECK(built.files.release == "9.9-rootlayer");
    CHECK(readFile(built.files.image, "kernel", 100) == "rootlayer\n");
    const auto log = programs.log();
    CHECK_THAT(log,
               Contains("KCONFIG_ALLCONFIG=rootlayer.config allnoconfig") && Contains("vmlinux modules"));
    CHECK(cachedTunedKernel(temp.path(), false, false).identity == built.identity);
    CHECK(cachedTunedKernel(temp.path(), true, false).identity == built.identity);
    CHECK(programs.log() == log);
}

TEST_CASE("a run does not build a kernel; it says how to") {
    const TempDir temp("/tmp");
    try {
        cachedTunedKernel(temp.path(), false, false);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Machine);
        CHECK_THAT(error.hint(), Contains("guest build --tuned"));
    }
}

TEST_CASE("a kernel that was damaged in the cache is not booted, and is rebuilt on request", "[A12]") {
    if (!hasLibelf()) return;
    FakePrograms programs;
    addSources(programs);
    const TempDir temp("/tmp");
    const auto built = cachedTunedKernel(temp.path(), true, false);
    writeFile(built.files.image, "rootlayes\n");
    writeFile(temp.file("busybox"), staticProgram());
    GuestImageSpec spec{.cacheDirectory = temp.path(), .agent = "agent", .kernel = "tuned"};
    spec.busybox = temp.file("busybox");
    CHECK_THROWS_WITH(ensureGuestImage(spec), Contains("damaged"));
    spec.buildKernel = true;
    CHECK(readFile(ensureGuestImage(spec).kernel, "kernel", 100) == "rootlayer\n");
    spec.buildKernel = false;
    CHECK_NOTHROW(ensureGuestImage(spec));
}

TEST_CASE("a kernel whose build fails is not kept, and the error has the compiler's words") {
    if (!hasLibelf()) return;
    FakePrograms programs;
    addSources(programs);
    programs.add("make", "echo 'init/main.c:1: error: no' >&2; exit 2");
    const TempDir temp("/tmp");
    CHECK_THROWS_WITH(cachedTunedKernel(temp.path(), true, false), Contains("init/main.c:1: error: no"));
    CHECK_THROWS_AS(cachedTunedKernel(temp.path(), false, false), Error);
}
