#include <cstdint>
#include <rootlayer/doctor.hh>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <sys/statvfs.h>
#include <unistd.h>

#include <rootlayer/builder.hh>
#include <rootlayer/guest.hh>
#include <rootlayer/version.hh>

#include "base/cache_directory.hh"
#include "base/escape.hh"
#include "base/process.hh"
#include "base/temp_dir.hh"
#include "base/units.hh"
#include "vm/accelerator.hh"
#include "vm/architecture.hh"

namespace rootlayer {

namespace {

using State = Finding::State;

constexpr std::uint64_t kLittleSpace = std::uint64_t{1} << 30;

class Silent final : public Observer {
  public:
    void onEvent(const Event&) override {}
};

std::string firstLine(const std::string& text) {
    return escaped(text.substr(0, text.find('\n')));
}

Finding program(const char* what, const std::string& name, State otherwise, const std::string& package,
                const char* use) {
    const auto path = findProgram(name);
    if (!path) {
        return {what, otherwise, fmt::format("{} is not installed; it is needed {}", name, use),
                fmt::format("install {}", package)};
    }
    const auto version =
        runCommand({.argv = {*path, "--version"}}, Deadline::after(std::chrono::seconds(10)));
    const auto& said = version.out.empty() ? version.err : version.out;
    return {what, State::Good, fmt::format("{} ({})", *path, firstLine(said)), ""};
}

Finding cacheDirectory(const Settings& settings) {
    const CacheDirectory cache(settings.cacheDirectory);
    if (::access(settings.cacheDirectory.c_str(), W_OK) != 0) {
        return {"cache", State::Bad, fmt::format("{} cannot be written", quote(settings.cacheDirectory)),
                "choose another directory with --cache-dir or ROOTLAYER_CACHE_DIR"};
    }
    return {"cache", State::Good, settings.cacheDirectory, ""};
}

Finding diskSpace(const Settings& settings) {
    struct statvfs status {};
    if (::statvfs(settings.temporaryDirectory.c_str(), &status) != 0) {
        return {"disk-space", State::Bad,
                fmt::format("{} cannot be used", quote(settings.temporaryDirectory)),
                "point TMPDIR to a writable directory"};
    }
    const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
    const auto detail = fmt::format("{} free in {}", humanSize(free), settings.temporaryDirectory);
    if (free < kLittleSpace)
        return {"disk-space", State::Limited, detail, "point TMPDIR to a file system with more space"};
    return {"disk-space", State::Good, detail, ""};
}

Finding guestImage(const Settings& settings, const CancelToken& cancel) {
    Silent silent;
    const auto info = prepareGuest(settings, false, silent, cancel);
    return {"guest-image", State::Good,
            fmt::format("kernel {}, {}{}", info.kernelRelease, info.ready ? "ready in " : "",
                        info.ready ? info.initramfs.substr(0, info.initramfs.rfind('/')) : info.initramfs),
            ""};
}

/// Runs an empty script, which needs all that a user's run needs.
RunResult runNothing(Builder& builder, const MachineOptions& machine, const CancelToken& cancel) {
    RunSpec spec;
    spec.script = {"doctor's script", "true\n"};
    spec.machine = machine;
    Silent silent;
    return builder.run(spec, silent, cancel);
}

std::string bootTime(const RunResult& result) {
    std::chrono::microseconds up{0};
    for (const auto& phase : result.phases) {
        if (phase.phase == "start" || phase.phase == "hello") up += phase.elapsed;
    }
    return fmt::format("a guest boots in {:.1f} s", std::chrono::duration<double>(up).count());
}

/// A machine that boots, instead of one restored from a template.
Finding boot(Builder& builder, const CancelToken& cancel) {
    const auto result =
        runNothing(builder, {.acceleration = Acceleration::Tcg, .useTemplate = false}, cancel);
    return {"boot", State::Good, bootTime(result), ""};
}

/// A machine that libvirt starts, as with --connect.
Finding libvirt(Settings settings, const CancelToken& cancel) {
    if (!hasLibvirt()) {
        return {"libvirt", State::Limited, "this build has no libvirt",
                "runs work without it, but --connect does not"};
    }
    if (settings.connectUri.empty()) settings.connectUri = "qemu:///embed";
    Builder builder(std::move(settings));
    const auto result = runNothing(builder, {.acceleration = Acceleration::Tcg}, cancel);
    return {"libvirt", State::Good, bootTime(result), ""};
}

Finding kvm(Builder& builder, const CancelToken& cancel) {
    if (const auto probe = vm::probeKvmDevice(); !probe.usable) {
        return {"kvm", State::Limited, probe.reason, "runs work without KVM, but several times slower"};
    }
    // As a run does: a KVM with which no guest comes up is given up after seconds.
    const auto result =
        runNothing(builder, {.acceleration = Acceleration::Auto, .useTemplate = false}, cancel);
    if (result.accelerator != "kvm")
        return {"kvm", State::Limited, result.acceleratorReason,
                "runs work without KVM, but several times slower"};
    return {"kvm", State::Good, bootTime(result), ""};
}

/// Whether QEMU can restore a machine from a template, as runs do.
Finding templates(const RunResult& result) {
    if (result.start == "cold") {
        return {"template", State::Limited,
                "a guest cannot be restored from a template: " + result.startReason,
                "runs work without templates, but each boots its guest"};
    }
    return {"template", State::Good, "a guest can be restored from a template", ""};
}

/// How QEMU is confined, in case that a script takes it over.
Finding confinement(const RunResult& result) {
    const auto text = fmt::format("QEMU has: {}", fmt::join(result.confinement, ", "));
    if (!result.confined) {
        return {"confinement", State::Limited, text,
                "runs work, but a script that takes over QEMU can read your files; a kernel with Landlock "
                "(5.13) prevents it"};
    }
    return {"confinement", State::Good, text, ""};
}

/// Whether names can be resolved for a script: one that never exists (RFC 6761) must be found not to exist.
Finding network(Builder& builder, const CancelToken& cancel) {
    constexpr const char* name = "rootlayer.invalid";
    RunSpec spec;
    spec.script = {"doctor's script", fmt::format("nslookup {} >/dev/null 2>&1 || true\n", name)};
    spec.machine.acceleration = Acceleration::Tcg;
    spec.network.allow = {name};
    Silent silent;
    const auto result = builder.run(spec, silent, cancel);
    if (!result.connections.empty() &&
        result.connections.front().outcome == NetworkConnection::Outcome::NotFound)
        return {"network", State::Good, "a script can have a network, and the host's DNS server answers", ""};
    return {"network", State::Limited,
            result.connections.empty() ? std::string("a script's DNS query was not answered")
                                       : result.connections.front().message,
            "runs without --network work; check /etc/resolv.conf, or name a server with --dns"};
}

Finding libguestfs() {
    return program("libguestfs", "guestfish", State::Limited, "libguestfs-tools",
                   "for disk:FILE, as a base or an output of export");
}

/// Turns an error of the probe into its finding.
template <typename Probe>
Finding finding(const char* what, State otherwise, const Probe& probe) {
    try {
        return probe();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Cancelled) throw;
        return {what, otherwise, error.what(), error.hint()};
    }
}

} // namespace

std::vector<Finding> examine(const Settings& settings, const CancelToken& cancel) {
    std::vector<Finding> found;
    const auto add = [&](const char* what, State otherwise, const auto& probe) {
        cancel.check();
        found.push_back(finding(what, otherwise, probe));
    };
    Builder builder(settings);
    add("qemu", State::Bad, [&] {
        vm::checkQemu(settings.qemu);
        const auto name = settings.qemu.empty() ? std::string(vm::architecture().qemuProgram) : settings.qemu;
        return program("qemu", name, State::Bad, std::string(vm::architecture().qemuPackage), "always");
    });
    add("tar2sqfs", State::Bad,
        [] { return program("tar2sqfs", "tar2sqfs", State::Bad, "squashfs-tools-ng", "to convert layers"); });
    add("mke2fs", State::Bad, [] {
        auto result = program("mke2fs", "mke2fs", State::Bad, "e2fsprogs", "to create scratch disks");
        if (result.state == State::Good) result.detail = result.detail.substr(0, result.detail.find(" ("));
        return result;
    });
    add("cache", State::Bad, [&] { return cacheDirectory(settings); });
    add("disk-space", State::Bad, [&] { return diskSpace(settings); });
    add("guest-image", State::Bad, [&] { return guestImage(settings, cancel); });
    add("boot", State::Bad, [&] { return boot(builder, cancel); });
    add("libvirt", State::Limited, [&] { return libvirt(settings, cancel); });
    add("kvm", State::Limited, [&] { return kvm(builder, cancel); });
    std::optional<RunResult> restored; // one run for two findings
    const auto result = [&]() -> const RunResult& {
        if (!restored) restored = runNothing(builder, {}, cancel);
        return *restored;
    };
    add("template", State::Limited, [&] { return templates(result()); });
    add("confinement", State::Limited, [&] { return confinement(result()); });
    add("network", State::Limited, [&] { return network(builder, cancel); });
    add("skopeo", State::Limited,
        [] { return program("skopeo", "skopeo", State::Limited, "skopeo", "for docker:// references"); });
    add("libguestfs", State::Limited, libguestfs);
    return found;
}

} // namespace rootlayer
