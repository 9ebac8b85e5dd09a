#include <catch2/catch.hpp>

#include <cstdlib>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "images/kernel_cache.hh"

using namespace rootlayer;
using namespace rootlayer::images;

using Catch::Contains;

namespace {

/// Programs of the test's own, before all others in PATH.
class FakePrograms final {
  public:
    FakePrograms() : m_temp("/tmp"), m_path(::getenv("PATH")) {
        ::setenv("PATH", (m_temp.path() + ":" + m_path).c_str(), 1);
    }
    ~FakePrograms() { ::setenv("PATH", m_path.c_str(), 1); }

    void add(const std::string& name, const std::string& body) {
        writeFile(m_temp.file(name), "#!/bin/sh\n" + body + "\n");
        ::chmod(m_temp.file(name).c_str(), 0755);
    }
    std::string log() const { return readFile(m_temp.file("log"), "log", 1U << 20U); }
    std::string logPath() const { return m_temp.file("log"); }

  private:
    TempDir m_temp;
    std::string m_path;
};

/// A Debian whose kernel has all drivers built in.
void addDebian(FakePrograms& programs) {
    programs.add("apt-cache", "echo 'Depends: linux-image-9.9-cloud-amd64 (= 9.9-1)'");
    programs.add("apt-get", "echo download >> " + programs.logPath() + "; touch linux-image-9.9_1.deb");
    programs.add("dpkg-deb", R"(mkdir -p "$3/boot" "$3/lib/modules/9.9"
        echo kernel > "$3/boot/vmlinuz-9.9"
        for m in virtio_pci virtio_console virtio_blk virtio_rng overlay squashfs ext4; do
            echo kernel/$m.ko >> "$3/lib/modules/9.9/modules.builtin"
        done)");
    programs.add("depmod", R"(touch "$2/lib/modules/$3/modules.dep")");
}

} // namespace

TEST_CASE("the kernel's package is found in what apt-cache says of the meta package") {
    CHECK(kernelPackageIn("Package: linux-image-cloud-amd64\nPre-Depends: x\n"
                          "Depends: linux-image-6.1.0-56-cloud-amd64 (= 6.1.192-2)\nDescription: y\n") ==
          "linux-image-6.1.0-56-cloud-amd64=6.1.192-2");
    CHECK(kernelPackageIn("Depends: a, linux-image-6.12.9+deb13-cloud-amd64\n") ==
          "linux-image-6.12.9+deb13-cloud-amd64");
    CHECK(kernelPackageIn("").empty());
    CHECK(kernelPackageIn("Description: linux-image-1\n").empty());
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
    CHECK(first.files.release == "9.9");
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
