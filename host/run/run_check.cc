#include "run/run_check.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "network/rules.hh"

namespace rootlayer::run {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kEmptyTar = 1024;
constexpr std::uint64_t kMinMemory = 128 * kMiB;
constexpr std::uint64_t kMinDisk = 16 * kMiB;
/// Limit of an ext4 with 32-bit block numbers: 16 TiB, less a margin.
constexpr std::uint64_t kMaxDisk = std::uint64_t{15} << 40;
/// For more, QEMU requires an interrupt controller that the machine does not have.
constexpr unsigned kMaxProcessors = 255;
/// The latest time that a layer can have.
constexpr std::int64_t kMaxEpoch = (std::int64_t{1} << 33) - 1;
/// What QEMU needs in addition to the guest's memory.
constexpr std::uint64_t kQemuMemory = 64 * kMiB;
constexpr std::uint64_t kQemuAddresses = 1024 * kMiB;

[[noreturn]] void refuse(std::string what, std::string hint) {
    throw Error(ErrorCode::Usage, std::move(what), std::move(hint));
}

void checkSizes(const RunSpec& spec) {
    if (spec.machine.memory < kMinMemory)
        refuse(fmt::format("--memory {} is too little", humanSize(spec.machine.memory)),
               "--memory 128M or more");
    if (spec.machine.diskSize < kMinDisk)
        refuse(fmt::format("--disk-size {} is too little", humanSize(spec.machine.diskSize)),
               "--disk-size 16M or more");
    if (spec.machine.diskSize > kMaxDisk)
        refuse(fmt::format("--disk-size {} is too much", humanSize(spec.machine.diskSize)),
               "--disk-size 15T or less");
    if (spec.machine.processors < 1 || spec.machine.processors > kMaxProcessors) {
        refuse(fmt::format("--cpus {} is out of range", spec.machine.processors),
               fmt::format("--cpus 1 to {}", kMaxProcessors));
    }
}

void checkLimits(const RunSpec& spec) {
    if (spec.maxLayerSize != 0 && spec.maxLayerSize < kEmptyTar)
        refuse(fmt::format("--max-layer-size {} is too little", spec.maxLayerSize),
               "an empty layer has 1K; leave the option out for the size of the disk");
    if (spec.maxEntries == 0) refuse("--max-entries 0 allows no layer", "--max-entries 1 or more");
}

void checkTimes(const RunSpec& spec) {
    if (spec.timeout.count() < 0) refuse("--timeout is negative", "--timeout 0 for no limit");
    if (spec.deadline.count() < 0) refuse("--deadline is negative", "--deadline 0 for no limit");
    if (spec.sourceDateEpoch && (*spec.sourceDateEpoch < 0 || *spec.sourceDateEpoch > kMaxEpoch)) {
        refuse(fmt::format("--source-date-epoch {} is out of range", *spec.sourceDateEpoch),
               fmt::format("0 to {} seconds since 1970", kMaxEpoch));
    }
}

void checkWords(const RunSpec& spec) {
    for (const auto& entry : spec.env) {
        const auto equals = entry.find('=');
        if (equals == std::string::npos || equals == 0)
            refuse(fmt::format("--env does not take {}", quote(entry)), "--env KEY=VALUE");
    }
    if (!spec.workdir.empty() && spec.workdir[0] != '/')
        refuse(fmt::format("--workdir {} is not absolute", quote(spec.workdir)), "--workdir /srv");
    if (!spec.scrub.empty() && spec.scrub != "debian")
        refuse(fmt::format("--scrub does not take {}", quote(spec.scrub)), "--scrub debian");
    // exec(2) would truncate the word.
    const auto hasNul = [](const std::string& word) { return word.find('\0') != std::string::npos; };
    if (std::any_of(spec.args.begin(), spec.args.end(), hasNul) ||
        std::any_of(spec.env.begin(), spec.env.end(), hasNul) || hasNul(spec.workdir) || hasNul(spec.user) ||
        hasNul(spec.shell))
        refuse("an argument, a variable or a name contains a NUL byte", "remove it");
}

[[noreturn]] void lacks(std::string what, std::string hint) {
    throw Error(ErrorCode::Resource, std::move(what), std::move(hint));
}

std::string suggestion(std::uint64_t most) {
    const auto fits = most > kQemuMemory ? (most - kQemuMemory) / kMiB : 0;
    if (fits * kMiB < kMinMemory) return "a machine needs at least --memory 128M";
    return fmt::format("--memory {}M or less", fits);
}

} // namespace

void checkSpec(const RunSpec& spec) {
    network::Rules(spec.network); // throws
    checkSizes(spec);
    checkTimes(spec);
    checkLimits(spec);
    checkWords(spec);
}

std::vector<std::string> checkMachine(const RunSpec& spec, const HostLimits& host) {
    if (!host.processes) {
        throw Error(ErrorCode::System, "there is no /proc here, as in a bare chroot",
                    "mount it: mount -t proc proc /proc");
    }
    if (host.memory && spec.machine.memory > *host.memory) {
        lacks(fmt::format("the machine needs {} of memory, but this host has {}",
                          humanSize(spec.machine.memory), humanSize(*host.memory)),
              suggestion(*host.memory));
    }
    if (host.addressSpace &&
        spec.machine.memory > *host.addressSpace - std::min(kQemuAddresses, *host.addressSpace)) {
        lacks(fmt::format("the machine needs {} of memory, but a process may use {} here (ulimit -v)",
                          humanSize(spec.machine.memory), humanSize(*host.addressSpace)),
              "raise the limit to the machine's memory plus 1 GiB, or use less --memory");
    }
    if (host.fileSize) {
        lacks(
            fmt::format("the scratch disk needs {}, but a file can have {} here",
                        humanSize(spec.machine.diskSize), humanSize(*host.fileSize)),
            "use a smaller --disk-size, raise the limit (ulimit -f), or point TMPDIR to another file system");
    }
    std::vector<std::string> warnings;
    if (host.cgroupMemory && spec.machine.memory + kQemuMemory > *host.cgroupMemory) {
        warnings.push_back(fmt::format(
            "the machine has {} of memory, but this container or cgroup has a limit of {}: the kernel kills "
            "the machine if the script uses more; raise the limit or lower the memory: {}",
            humanSize(spec.machine.memory), humanSize(*host.cgroupMemory), suggestion(*host.cgroupMemory)));
    }
    if (spec.machine.processors > host.processors) {
        warnings.push_back(
            fmt::format("the machine has {} processors, but this host has {}: the run may be slower",
                        spec.machine.processors, host.processors));
    }
    return warnings;
}

} // namespace rootlayer::run
