#include <catch2/catch.hpp>

#include <rootlayer/error.hh>

#include "fake_programs.hh"
#include "images/debian_package.hh"
#include "images/kernel_cache.hh"

using namespace rootlayer;
using namespace rootlayer::images;

using Catch::Contains;

namespace {

/// A Debian whose kernel has all drivers built in.
void addDebian(FakePrograms& programs) {
    programs.add("apt-cache", "echo 'Depends: linux-image-9.9-cloud-amd64 (= 9.9-1)'");
    programs.add("apt-get",
                 "echo download >> " + programs.logPath() + "; touch linux-image-9.9-cloud-amd64_9.9-1.deb");
    programs.add("dpkg-deb", R"([ "$1" = -x ] || exit 0
        modules=$3/lib/modules/9.9-cloud-amd64
        mkdir -p "$3/boot" "$modules"
        echo kernel > "$3/boot/vmlinuz-9.9-cloud-amd64"
        for m in virtio_pci virtio_console virtio_blk virtio_rng overlay squashfs ext4; do
            echo kernel/$m.ko >> "$modules/modules.builtin"
        done)");
    programs.add("depmod", R"(touch "$2/lib/modules/$3/modules.dep")");
}

/// A Debian whose kernel is in several packages, all below /usr/lib: "linux-image-..." itself has no file.
void addSplitDebian(FakePrograms& programs) {
    addDebian(programs);
    programs.add("apt-cache",
                 "echo 'Depends: linux-base-cloud-amd64 (= 9.9-1), linux-image-9.9-cloud-amd64 (= 9.9-1)'");
    programs.add("apt-get", "for last in \"$@\"; do :; done; echo $last >> " + programs.logPath() +
                                "; touch ${last%=*}_9.9-1.deb");
    programs.add("dpkg-deb", R"(case $1 in
        -f) echo 'dracut | initramfs-tools (>= 0.1), linux-binary-9.9-cloud-amd64 (= 9.9-1), linux-base,' \
                 'linux-modules-9.9-cloud-amd64 (= 9.9-1)'; exit ;;
        esac
        modules=$3/usr/lib/modules/9.9-cloud-amd64
        mkdir -p "$modules"
        case $2 in
        */linux-binary-*) echo kernel > "$modules/vmlinuz" ;;
        */linux-modules-*)
            for m in virtio_pci virtio_console virtio_blk virtio_rng overlay squashfs ext4; do
                echo kernel/$m.ko >> "$modules/modules.builtin"
            done ;;
        esac)");
}

} // namespace

TEST_CASE("the kernel's package is found in what apt-cache says of the meta package") {
    constexpr auto kPrefix = "linux-image-";
    CHECK(packageIn("Package: linux-image-cloud-amd64\nPre-Depends: x\n"
                    "Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\nDescription: y\n",
                    kPrefix) == "linux-image-6.1.0-56-cloud-amd64=6.1.192-2");
    CHECK(packageIn("Depends: a, linux-image-6.12.9+deb13-cloud-amd64\n", kPrefix) ==
          "linux-image-6.12.9+deb13-cloud-amd64");
    CHECK(packageIn("", kPrefix).empty());
    CHECK(packageIn("Description: linux-image-1\n", kPrefix).empty());
}

TEST_CASE("what a package depends on is read as apt-get takes it") {
    CHECK(dependenciesIn(
              "kmod, linux-base (>= 4.3~), a | b,\n linux-modules-6.8.0-88-generic (= 6.8.0-88.89)\n") ==
          std::vector<std::string>{"kmod", "linux-base", "a", "linux-modules-6.8.0-88-generic=6.8.0-88.89"});
    CHECK(dependenciesIn("\n").empty());
}

TEST_CASE("a kernel in several packages is put together") {
    FakePrograms programs;
    addSplitDebian(programs);
    const TempDir temp("/tmp");
    const auto kernel = cachedKernel(temp.path(), false);
    CHECK(kernel.files.release == "9.9-cloud-amd64");
    CHECK(readFile(kernel.files.image, "kernel", 100) == "kernel\n");
    CHECK(programs.log() == "linux-image-9.9-cloud-amd64=9.9-1\nlinux-binary-9.9-cloud-amd64=9.9-1\n"
                            "linux-modules-9.9-cloud-amd64=9.9-1\n");
}

TEST_CASE("a kernel's package without a kernel is an error that names it") {
    FakePrograms programs;
    addDebian(programs);
    programs.add("dpkg-deb", "exit 0");
    const TempDir temp("/tmp");
    CHECK_THROWS_WITH(cachedKernel(temp.path(), false), Contains("9.9-cloud-amd64 has no vmlinuz"));
}

TEST_CASE("without package lists the error says to run apt-get update") {
    FakePrograms programs;
    addDebian(programs);
    programs.add("apt-cache", "exit 100");
    const TempDir temp("/tmp");
    try {
        cachedKernel(temp.path(), false);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Machine);
        CHECK_THAT(error.hint(), Contains("apt-get update") && Contains("--kernel"));
    }
}

TEST_CASE("without a network the error says what apt-get said and what to do") {
    FakePrograms programs;
    addDebian(programs);
    programs.add("apt-get", "echo \"W: first\" >&2; echo \"E: Could not resolve 'mirror'\" >&2; exit 100");
    const TempDir temp("/tmp");
    try {
        cachedKernel(temp.path(), false);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Machine);
        CHECK_THAT(error.what(), Contains("Could not resolve 'mirror'"));
        CHECK_THAT(error.hint(), Contains("network") && Contains("--kernel"));
    }
}

TEST_CASE("the kernel is fetched once, and again only when asked") {
    FakePrograms programs;
    addDebian(programs);
    const TempDir temp("/tmp");
    const auto first = cachedKernel(temp.path(), false);
    CHECK(first.files.release == "9.9-cloud-amd64");
    CHECK(readFile(first.files.image, "kernel", 100) == "kernel\n");
    CHECK(cachedKernel(temp.path(), false).identity == first.identity);
    CHECK(programs.log() == "download\n");
    cachedKernel(temp.path(), true);
    CHECK(programs.log() == "download\ndownload\n");
}

TEST_CASE("a refresh that fails leaves the kernel that was there") {
    FakePrograms programs;
    addDebian(programs);
    const TempDir temp("/tmp");
    const auto first = cachedKernel(temp.path(), false);
    programs.add("apt-get", "exit 100");
    CHECK_THROWS_AS(cachedKernel(temp.path(), true), Error);
    CHECK(cachedKernel(temp.path(), false).identity == first.identity);
    CHECK(cachedKernelIntact(temp.path()));
}
