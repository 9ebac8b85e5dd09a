#include <catch2/catch.hpp>

#include <filesystem>
#include <thread>

#include <rootlayer/error.hh>

#include "fake_kernel.hh"
#include "images/guest_image.hh"

using namespace rootlayer;
using namespace rootlayer::images;

using Catch::Contains;

namespace {

/// Reads the whole image and returns whether it is intact.
bool intact(const GuestImage& image) {
    const auto entry = std::filesystem::path(image.kernel).parent_path();
    return DirectoryCache(entry.parent_path().string()).intact(entry.filename().string());
}

/// A kernel, modules and a busybox of the user's, so that nothing is fetched.
struct Setup {
    TempDir temp{"/tmp"};
    GuestImageSpec spec;

    Setup() {
        writeFile(temp.file("vmlinuz"), "a kernel");
        writeFile(temp.file("busybox"), staticProgram());
        spec.cacheDirectory = temp.file("the cache");
        spec.agent = "the agent";
        spec.kernel = temp.file("vmlinuz");
        spec.modules = makeModules(temp);
        spec.busybox = temp.file("busybox");
    }
};

std::string content(const std::string& path) {
    return readFile(path, "file", 1U << 20U);
}

} // namespace

TEST_CASE("a guest image is made once and then found again") {
    const Setup setup;
    const auto first = ensureGuestImage(setup.spec);
    CHECK(content(first.kernel) == "a kernel");
    CHECK(sha256(content(first.initramfs)) == first.initramfsDigest);
    const auto made = std::filesystem::last_write_time(first.initramfs);
    const auto second = ensureGuestImage(setup.spec);
    CHECK(second.initramfs == first.initramfs);
    CHECK(second.initramfsDigest == first.initramfsDigest);
    CHECK(second.kernelRelease == first.kernelRelease);
    CHECK(std::filesystem::last_write_time(second.initramfs) == made);
}

TEST_CASE("another agent gives another guest image") {
    Setup setup;
    const auto first = ensureGuestImage(setup.spec);
    setup.spec.agent = "a newer agent";
    CHECK(ensureGuestImage(setup.spec).initramfsDigest != first.initramfsDigest);
}

TEST_CASE("a guest image that lost bytes on disk is recreated", "[A12]") {
    const Setup setup;
    const auto first = ensureGuestImage(setup.spec);
    const auto whole = content(first.initramfs);
    writeFile(first.initramfs, whole.substr(0, 100));
    CHECK_FALSE(intact(first));
    CHECK(content(ensureGuestImage(setup.spec).initramfs) == whole);
    std::filesystem::remove(first.kernel);
    CHECK(content(ensureGuestImage(setup.spec).kernel) == "a kernel");
}

TEST_CASE("a full check finds a guest image whose bytes were changed", "[A12]") {
    const Setup setup;
    const auto image = ensureGuestImage(setup.spec);
    CHECK(intact(image));
    auto bytes = content(image.initramfs);
    bytes[200] ^= 1;
    writeFile(image.initramfs, bytes);
    CHECK_FALSE(intact(image));
}

TEST_CASE("what a killed run left incomplete is not used as an image", "[A12]") {
    const Setup setup;
    const auto image = ensureGuestImage(setup.spec);
    const auto directory = image.kernel.substr(0, image.kernel.rfind('/'));
    std::filesystem::rename(directory, directory + ".partial");
    std::filesystem::remove(directory + ".partial/seal");
    CHECK(intact(ensureGuestImage(setup.spec)));
    CHECK_FALSE(std::filesystem::exists(directory + ".partial"));
}

TEST_CASE("runs that make the same guest image at once all get it", "[A12]") {
    const Setup setup;
    std::vector<GuestImage> images(4);
    std::vector<std::thread> threads;
    for (auto& image : images)
        threads.emplace_back([&] { image = ensureGuestImage(setup.spec); });
    for (auto& thread : threads)
        thread.join();
    for (const auto& image : images)
        CHECK(image.initramfs == images[0].initramfs);
    CHECK(intact(images[0]));
}

TEST_CASE("a busybox that needs shared libraries is refused with what to install") {
    Setup setup;
    setup.spec.busybox = "/bin/sh";
    CHECK_THROWS_WITH(ensureGuestImage(setup.spec), Contains("not static"));
    writeFile(setup.temp.file("busybox"), "#!/bin/sh\n");
    setup.spec.busybox = setup.temp.file("busybox");
    CHECK_THROWS_WITH(ensureGuestImage(setup.spec), Contains("it is not a program"));
}

TEST_CASE("a kernel path that does not exist is named") {
    Setup setup;
    setup.spec.kernel = setup.temp.file("missing");
    CHECK_THROWS_WITH(ensureGuestImage(setup.spec), Contains("missing"));
}

TEST_CASE("a modules directory without an index is refused, saying that depmod must run") {
    Setup setup;
    std::filesystem::remove(setup.spec.modules + "/modules.dep");
    try {
        ensureGuestImage(setup.spec);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK_THAT(error.hint(), Contains("depmod"));
    }
}

TEST_CASE("a kernel with everything built in needs no modules") {
    Setup setup;
    setup.spec.modules.clear();
    const auto image = ensureGuestImage(setup.spec);
    CHECK(content(image.initramfs).find("virtio") == std::string::npos);
    CHECK(image.kernelRelease == "unknown");
}
