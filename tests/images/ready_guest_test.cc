#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/seal.hh"
#include "fake_kernel.hh"
#include "images/ready_guest.hh"
#include "support/recorder.hh"

using namespace rootlayer;
using namespace rootlayer::images;
using rootlayer::test::Recorder;

using Catch::Contains;

namespace {

std::string content(const std::string& path) {
    return readFile(path, "file", 1U << 20U);
}

/// A guest image of a kernel, modules and a busybox of the test's, written to a directory.
struct Setup {
    TempDir temp{"/tmp"};
    GuestImageSpec spec;
    GuestImage cached;
    std::string directory = temp.file("usr/lib/rootlayer/guest");

    Setup() {
        writeFile(temp.file("vmlinuz"), "a kernel");
        writeFile(temp.file("busybox"), staticProgram());
        spec.cacheDirectory = temp.file("cache");
        spec.agent = "the agent";
        spec.kernel = temp.file("vmlinuz");
        spec.modules = makeModules(temp);
        spec.busybox = temp.file("busybox");
        cached = ensureGuestImage(spec);
        writeReadyGuest(cached, spec, directory);
    }

    /// A spec of a user with an empty cache, who has none of this.
    GuestImageSpec user() const {
        return {.cacheDirectory = temp.file("no cache"), .agent = spec.agent, .ready = directory};
    }
    std::string file(const std::string& name) const { return directory + "/default/" + name; }
};

} // namespace

TEST_CASE("a ready guest image is used as it is, and no cache is made") {
    const Setup setup;
    const auto image = ensureGuestImage(setup.user());
    CHECK(image.ready);
    CHECK(image.kernel == std::filesystem::canonical(setup.file("kernel")));
    CHECK(content(image.kernel) == "a kernel");
    CHECK(content(image.initramfs) == content(setup.cached.initramfs));
    CHECK(image.kernelDigest == setup.cached.kernelDigest);
    CHECK(image.initramfsDigest == setup.cached.initramfsDigest);
    CHECK(image.kernelRelease == setup.cached.kernelRelease);
    CHECK_FALSE(std::filesystem::exists(setup.temp.file("no cache")));
}

TEST_CASE("a ready guest image is the same bytes each time, and everybody can read it") {
    const Setup setup;
    const auto old = ::umask(0077);
    writeReadyGuest(setup.cached, setup.spec, setup.temp.file("again"));
    ::umask(old);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(setup.directory + "/default")) {
        const auto other = setup.temp.file("again/default/") + entry.path().filename().string();
        CHECK(content(entry.path().string()) == content(other));
        CHECK(std::filesystem::status(other).permissions() == std::filesystem::perms(0644));
        ++files;
    }
    CHECK(files == 3);
    CHECK(std::filesystem::status(setup.temp.file("again/default")).permissions() ==
          std::filesystem::perms(0755));
}

TEST_CASE("writing a ready guest image replaces the one that is there, and nothing else") {
    const Setup setup;
    writeFile(setup.directory + "/README", "mine");
    auto newer = setup.spec;
    newer.agent = "a newer agent";
    writeReadyGuest(ensureGuestImage(newer), newer, setup.directory);
    auto user = setup.user();
    user.agent = newer.agent;
    CHECK(ensureGuestImage(user).ready);
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(setup.directory))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{"README", "default"});
}

TEST_CASE("the tuned kernel is the default where there is no other") {
    const Setup setup;
    auto tuned = setup.spec;
    tuned.kernel = "tuned";
    const auto directory = setup.temp.file("only tuned");
    writeReadyGuest(setup.cached, tuned, directory);
    auto user = setup.user();
    user.kernel = "tuned";
    CHECK_FALSE(readyGuest(user)); // this directory has only the other
    user.ready = directory;
    CHECK(readyGuest(user));
    user.kernel.clear();
    CHECK(readyGuest(user));
}

TEST_CASE("a ready guest image is not used where another kernel or busybox is asked for") {
    const Setup setup;
    CHECK(readyGuest(setup.user()));
    for (auto change : {+[](GuestImageSpec& spec) { spec.kernel = "/boot/vmlinuz"; },
                        +[](GuestImageSpec& spec) { spec.modules = "/lib/modules/6.1"; },
                        +[](GuestImageSpec& spec) { spec.busybox = "/bin/busybox"; },
                        +[](GuestImageSpec& spec) { spec.refreshKernel = true; },
                        +[](GuestImageSpec& spec) { spec.ready = ""; }}) {
        auto user = setup.user();
        change(user);
        CHECK_FALSE(readyGuest(user));
    }
}

TEST_CASE("a ready guest image for another version is passed over with a warning") {
    const Setup setup;
    auto user = setup.user();
    user.agent = "a newer agent";
    Recorder recorder;
    CHECK_FALSE(readyGuest(user, &recorder));
    CHECK_THAT(recorder.warnings.at(0), Contains("another version of rootlayer"));
    user.readyRequired = true;
    CHECK_THROWS_WITH(readyGuest(user), Contains("another version of rootlayer"));
}

TEST_CASE("a ready guest image that others could change is passed over with a warning") {
    const Setup setup;
    const auto refused = [&](const std::string& why) {
        Recorder recorder;
        CHECK_FALSE(readyGuest(setup.user(), &recorder));
        CHECK_THAT(recorder.warnings.at(0), Contains(why));
    };
    namespace fs = std::filesystem;
    fs::permissions(setup.file("initramfs"), fs::perms(0666));
    refused("other users can write to its file \"initramfs\"");
    fs::permissions(setup.file("initramfs"), fs::perms(0644));
    fs::permissions(setup.directory + "/default", fs::perms(0775));
    refused("other users can write to its directory");
    fs::permissions(setup.directory + "/default", fs::perms(0755));
    if (::geteuid() == 0) {
        REQUIRE(::chown(setup.file("kernel").c_str(), 12345, 12345) == 0);
        refused("its file \"kernel\" belongs to the user 12345");
        REQUIRE(::chown(setup.file("kernel").c_str(), 0, 0) == 0);
    }
    CHECK(readyGuest(setup.user()));
}

TEST_CASE("a ready guest image that is not whole is passed over, and damage is found", "[A12]") {
    const Setup setup;
    const auto image = *readyGuest(setup.user());
    CHECK(removeDamagedGuestImage(image).empty());
    auto bytes = content(image.initramfs);
    bytes[200] ^= 1;
    writeFile(image.initramfs, bytes);
    CHECK_THAT(removeDamagedGuestImage(image), Contains("\"initramfs\" does not match its seal"));
    CHECK(std::filesystem::exists(image.initramfs)); // it is not rootlayer's to remove
    writeFile(image.initramfs, "short");
    Recorder recorder;
    CHECK_FALSE(readyGuest(setup.user(), &recorder));
    CHECK_THAT(recorder.warnings.at(0), Contains("has 5 bytes instead of"));
}

TEST_CASE("an installation without a ready guest image is no error, a directory that was named is") {
    const Setup setup;
    auto user = setup.user();
    user.ready = setup.temp.file("nothing");
    CHECK_FALSE(readyGuest(user));
    user.readyRequired = true;
    try {
        readyGuest(user);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK_THAT(error.what(), Contains("no ready guest"));
        CHECK_THAT(error.hint(), Contains("guest build --output"));
    }
}
