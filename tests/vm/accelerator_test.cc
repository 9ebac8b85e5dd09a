#include <catch2/catch.hpp>

#include <filesystem>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "vm/accelerator.hh"

using namespace rootlayer;
using namespace rootlayer::vm;

namespace {

KvmProbe good() {
    return {true, {}};
}

KvmProbe bad() {
    return {false, "there is no /dev/kvm"};
}

/// The only file of a directory.
std::string onlyFile(const std::string& directory) {
    return std::filesystem::directory_iterator(directory)->path().string();
}

const std::string kKey = "boot b, qemu q, kernel k";

} // namespace

TEST_CASE("without a usable KVM auto emulates at once, and says why in one line") {
    const AcceleratorChoice choice(AcceleratorPolicy::Auto, bad, nullptr, kKey);
    CHECK(choice.current() == Accelerator::Tcg);
    CHECK(choice.reason() == "there is no /dev/kvm");
    CHECK(choice.helloTime() == kHelloTime);
}

TEST_CASE("a KVM that hangs its guest is abandoned after seconds, once", "[A13]") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    AcceleratorChoice first(AcceleratorPolicy::Auto, good, &memory, kKey);
    CHECK(first.current() == Accelerator::Kvm);
    CHECK(first.helloTime() == kKvmTrialTime);
    CHECK(first.onTrial());
    CHECK(first.failed(ErrorCode::Timeout, "no hello in time"));
    CHECK(first.current() == Accelerator::Tcg);
    CHECK(first.helloTime() == kHelloTime);
    CHECK_FALSE(first.onTrial());
    CHECK_FALSE(first.failed(ErrorCode::Timeout, "no hello in time"));

    const AcceleratorChoice second(AcceleratorPolicy::Auto, good, &memory, kKey);
    CHECK(second.current() == Accelerator::Tcg);
    CHECK(second.reason() == first.reason());
}

TEST_CASE("a KVM under which QEMU dies is abandoned, with QEMU's first line", "[A13]") {
    AcceleratorChoice choice(AcceleratorPolicy::Auto, good, nullptr, kKey);
    CHECK(choice.failed(ErrorCode::Machine,
                        "libvirt: it ended: qemu-system-x86_64: error: no MSR\\nAssertion failed"));
    CHECK(choice.reason() == "a guest was started with it and failed (error: no MSR)");
}

TEST_CASE("a KVM that has worked gets all the time it needs on a busy host") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    AcceleratorChoice(AcceleratorPolicy::Auto, good, &memory, kKey).succeeded();
    const AcceleratorChoice choice(AcceleratorPolicy::Auto, good, &memory, kKey);
    CHECK(choice.current() == Accelerator::Kvm);
    CHECK(choice.helloTime() == kHelloTime);
    CHECK_FALSE(choice.onTrial());
    CHECK(choice.reason().empty());
}

TEST_CASE("--accel kvm never falls back to emulation") {
    CHECK_THROWS_WITH(AcceleratorChoice(AcceleratorPolicy::Kvm, bad, nullptr, kKey),
                      Catch::Contains("no /dev/kvm"));
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    memory.remember(kKey, {Accelerator::Tcg, "it hung"});
    AcceleratorChoice choice(AcceleratorPolicy::Kvm, good, &memory, kKey);
    CHECK(choice.current() == Accelerator::Kvm);
    CHECK_FALSE(choice.failed(ErrorCode::Timeout, "no hello in time"));
}

TEST_CASE("--accel tcg does not even look at KVM") {
    const auto unused = []() -> KvmProbe { throw std::logic_error("asked"); };
    CHECK(AcceleratorChoice(AcceleratorPolicy::Tcg, unused, nullptr, kKey).current() == Accelerator::Tcg);
}

TEST_CASE("a run that was cancelled says nothing about KVM") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    AcceleratorChoice choice(AcceleratorPolicy::Auto, good, &memory, kKey);
    CHECK_FALSE(choice.failed(ErrorCode::Cancelled, "cancelled"));
    CHECK_FALSE(memory.recall(kKey));
}

TEST_CASE("a verdict is valid only for its host, QEMU and kernel") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    memory.remember(kKey, {Accelerator::Tcg, "it hung"});
    CHECK(memory.recall(kKey) == AcceleratorVerdict{Accelerator::Tcg, "it hung"});
    CHECK_FALSE(memory.recall("boot b, qemu q, kernel l"));
    CHECK(acceleratorKey(sha256("one kernel")) != acceleratorKey(sha256("another")));
    CHECK(acceleratorKey(sha256("one kernel")) == acceleratorKey(sha256("one kernel")));
    CHECK(acceleratorKey(sha256("one kernel"), "/bin/sh") != acceleratorKey(sha256("one kernel"), "/bin/ls"));
}

TEST_CASE("a damaged verdict is ignored", "[A12]") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    memory.remember(kKey, {Accelerator::Tcg, "it hung"});
    const auto file = onlyFile(directory.path());
    const auto whole = readFile(file, "verdict", 4096);
    for (const auto& text :
         {std::string(), whole.substr(0, whole.size() / 2), "x" + whole, kKey + "\ntcg\nend\n",
          whole.substr(0, whole.size() - 1), std::string(100000, 'a')}) {
        writeFile(file, text);
        CHECK_FALSE(memory.recall(kKey));
    }
    writeFile(file, whole);
    CHECK(memory.recall(kKey));
}

TEST_CASE("a KVM that failed is tried again after a day, one that worked is not") {
    const TempDir directory("/tmp");
    const AcceleratorCache memory(CachePart(directory.path()));
    const auto age = [&] {
        std::filesystem::last_write_time(onlyFile(directory.path()),
                                         std::filesystem::file_time_type::clock::now() -
                                             std::chrono::hours(25));
    };
    memory.remember(kKey, {Accelerator::Tcg, "it hung"});
    age();
    CHECK_FALSE(memory.recall(kKey));
    memory.remember(kKey, {Accelerator::Kvm, ""});
    age();
    CHECK(memory.recall(kKey) == AcceleratorVerdict{Accelerator::Kvm, ""});
}

TEST_CASE("a file that is not KVM is distinguished from a missing one") {
    CHECK(probeKvmDevice("/nonexistent/kvm").reason == "there is no /nonexistent/kvm");
    CHECK_FALSE(probeKvmDevice("/dev/null").usable);
    CHECK_FALSE(probeKvmDevice("/dev/null").reason.empty());
}
