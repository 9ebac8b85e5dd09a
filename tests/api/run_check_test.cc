#include <catch2/catch.hpp>
#include <cstdint>

#include <filesystem>

#include <rootlayer/builder.hh>
#include <rootlayer/error.hh>

#include "base/file.hh"
#include "base/temp_dir.hh"
#include "run/run_check.hh"
#include "tests/support/recorder.hh"

using namespace rootlayer;
using Catch::Contains;

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

/// The error message for a spec, or "".
template <typename Change>
std::string refusal(const Change& change) {
    RunSpec spec;
    change(spec);
    try {
        run::checkSpec(spec);
    } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::Usage);
        CHECK_FALSE(error.hint().empty());
        return error.what();
    }
    return {};
}

} // namespace

TEST_CASE("the library refuses what the command refuses, naming the option") {
    CHECK(refusal([](RunSpec&) {}).empty());
    CHECK(refusal([](RunSpec& spec) { spec.machine.memory = 128 * kMiB; }).empty());
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.memory = 5; }), Contains("--memory"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.memory = 128 * kMiB - 1; }), Contains("--memory"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.processors = 0; }), Contains("--cpus 0"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.processors = 256; }), Contains("--cpus 256"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.diskSize = 0; }), Contains("--disk-size"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.machine.diskSize = ~std::uint64_t{}; }),
               Contains("--disk-size"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.maxLayerSize = 1; }), Contains("--max-layer-size"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.maxEntries = 0; }), Contains("--max-entries"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.deadline = std::chrono::seconds(-1); }),
               Contains("--deadline"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.timeout = std::chrono::seconds(-1); }),
               Contains("--timeout"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.sourceDateEpoch = -1; }), Contains("--source-date-epoch"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.sourceDateEpoch = std::int64_t{1} << 33; }),
               Contains("--source-date-epoch"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.env = {"KEY"}; }), Contains("--env"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.env = {"=x"}; }), Contains("--env"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.workdir = "srv"; }), Contains("--workdir"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.scrub = "windows"; }), Contains("scrub"));
    CHECK_THAT(refusal([](RunSpec& spec) { spec.args = {std::string("a\0b", 3)}; }), Contains("NUL byte"));
}

TEST_CASE("a machine that exceeds the host's limits is refused, naming the limit") {
    RunSpec spec;
    spec.machine.memory = 64 * kGiB;
    run::HostLimits host{.memory = 24 * kGiB, .processors = 2};
    CHECK_THROWS_WITH(run::checkMachine(spec, host), Contains("64.0 GiB") && Contains("24.0 GiB"));
    spec.machine.memory = 24 * kGiB;
    CHECK(run::checkMachine(spec, host).empty());
    host.addressSpace = 2 * kGiB;
    CHECK_THROWS_WITH(run::checkMachine(spec, host), Contains("ulimit -v"));
    host.addressSpace.reset();
    host.fileSize = kGiB;
    CHECK_THROWS_WITH(run::checkMachine(spec, host), Contains("scratch disk") && Contains("1.0 GiB"));
    host.fileSize.reset();
    host.processes = false;
    CHECK_THROWS_WITH(run::checkMachine(spec, host), Contains("/proc"));
}

TEST_CASE("a container's memory limit and too many processors give warnings") {
    RunSpec spec;
    const run::HostLimits host{.memory = 24 * kGiB, .cgroupMemory = 512 * kMiB, .processors = 2};
    auto said = run::checkMachine(spec, host);
    REQUIRE(said.size() == 1);
    CHECK_THAT(said[0], Contains("512.0 MiB") && Contains("--memory 448M"));
    spec.machine.memory = 448 * kMiB;
    CHECK(run::checkMachine(spec, host).empty());
    spec.machine.processors = 3;
    said = run::checkMachine(spec, host);
    REQUIRE(said.size() == 1);
    CHECK_THAT(said[0], Contains("3 processors"));
}

TEST_CASE("the memory limit of a cgroup is the lowest of its own and its ancestors', in both versions") {
    const TempDir mount("/tmp");
    const auto put = [&](const std::string& directory, const std::string& file, const std::string& text) {
        makeDirectories(mount.file(directory));
        writeFile(mount.file(directory) + "/" + file, text);
    };
    put("a/b", "memory.max", "max\n");
    CHECK_FALSE(run::cgroupMemoryLimit("0::/a/b\n", mount.path()));
    put("a", "memory.max", "536870912\n");
    CHECK(run::cgroupMemoryLimit("0::/a/b\n", mount.path()) == 512 * kMiB);
    put("a/b", "memory.max", "1000\n");
    CHECK(run::cgroupMemoryLimit("0::/a/b\n", mount.path()) == 1000U);
    put("memory/docker", "memory.limit_in_bytes", "2000\n");
    CHECK(run::cgroupMemoryLimit("9:cpu,cpuacct:/x\n4:hugetlb,memory:/docker\n0::/\n", mount.path()) ==
          2000U);
    // In a container the path is that of the host, but the mount begins at the container.
    put("memory", "memory.limit_in_bytes", "1500\n");
    CHECK(run::cgroupMemoryLimit("4:memory:/docker/of/the/host\n", mount.path()) == 1500U);
    CHECK_FALSE(run::cgroupMemoryLimit("nonsense\n", mount.path()));
}

TEST_CASE("what this host cannot do is refused before anything is created") {
    const TempDir directory("/tmp");
    Settings settings;
    settings.cacheDirectory = directory.file("cache");
    settings.temporaryDirectory = directory.path();
    settings.runtimeDirectory = directory.path();
    Builder builder(settings);
    test::Recorder recorder;
    RunSpec spec;
    spec.script = {"script", "true\n"};
    spec.machine.memory = std::uint64_t{1} << 50;
    CHECK_THROWS_WITH(builder.run(spec, recorder), Contains("of memory, but this host has"));
    spec.machine.memory = 5;
    CHECK_THROWS_WITH(builder.run(spec, recorder), Contains("--memory"));
    CHECK_FALSE(std::filesystem::exists(directory.file("cache")));
}
