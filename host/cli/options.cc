#include "cli/options.hh"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/stream.hh"
#include "base/units.hh"

namespace rootlayer::cli {

namespace {

constexpr std::uint64_t kLargestScript = std::uint64_t{64} << 20;
constexpr std::uint64_t kLeastMemory = std::uint64_t{128} << 20;
constexpr std::uint64_t kLeastDisk = std::uint64_t{16} << 20;

/// --source-date-epoch -> ROOTLAYER_SOURCE_DATE_EPOCH
std::string variableOf(const std::string& option) {
    std::string name = "ROOTLAYER_";
    for (const char c : option)
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return name;
}

template <typename Value>
CLI::Option* add(CLI::App& command, const std::string& flags, Value& value, const std::string& help) {
    const auto longName = flags.substr(flags.rfind("--") + 2);
    return command.add_option(flags, value, help)->envname(variableOf(longName));
}

ScriptSpec readScript(const std::string& path) {
    if (path.empty()) {
        throw Error(ErrorCode::Usage, "there is no script to run",
                    "--script FILE, or --script - for standard input");
    }
    if (path != "-") return ScriptSpec::fromFile(path);
    FdSource source(STDIN_FILENO, "standard input");
    return {"standard input", readAll(source, kLargestScript, "the script on standard input")};
}

/// "K=V" as it is; a bare "K" takes the caller's value, as `docker run -e` does, and is left out when there
/// is none.
std::vector<std::string> resolveEnvironment(const std::vector<std::string>& given) {
    std::vector<std::string> result;
    for (const auto& entry : given) {
        const auto equals = entry.find('=');
        if (entry.empty() || equals == 0) {
            throw Error(ErrorCode::Usage, fmt::format("--env does not take {}", quote(entry)),
                        "--env KEY=VALUE");
        }
        if (equals != std::string::npos) {
            result.push_back(entry);
        } else if (const char* value = std::getenv(entry.c_str())) {
            result.push_back(entry + "=" + value);
        }
    }
    return result;
}

Acceleration accelerationFromName(const std::string& name) {
    if (name == "auto") return Acceleration::Auto;
    if (name == "kvm") return Acceleration::Kvm;
    if (name == "tcg") return Acceleration::Tcg;
    throw Error(ErrorCode::Usage, fmt::format("--accel does not take {}", quote(name)), "auto, kvm or tcg");
}

std::uint64_t sizeOption(const std::string& text, const char* option, std::uint64_t least) {
    const auto size = parseSize(text, option);
    if (size < least) {
        throw Error(ErrorCode::Usage, fmt::format("{} {} is too little", option, text),
                    fmt::format("{} {} or more", option, humanSize(least)));
    }
    return size;
}

std::optional<std::int64_t> epochOption(const std::string& text) {
    constexpr std::int64_t most = (std::int64_t{1} << 33) - 1;
    const char* variable = std::getenv("SOURCE_DATE_EPOCH");
    if (!text.empty()) return parseInteger(text, "--source-date-epoch", 0, most);
    if (variable == nullptr || *variable == '\0') return std::nullopt;
    return parseInteger(variable, "SOURCE_DATE_EPOCH", 0, most);
}

} // namespace

void RunOptions::addTo(CLI::App& command) {
    add(command, "--from", from,
        "the base: docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG],\n"
        "dir:ROOTFS, tar:ROOTFS.tar, or scratch (the default)");
    add(command, "--script", script, "the script to run as root; - reads it from standard input");
    add(command, "-o,--output", output,
        "where the layer goes (default: layer.tar); - writes it to standard output");
    add(command, "--args", args, "arguments for the script, up to the next option")->expected(1, -1);
    add(command, "-e,--env", env, "KEY=VALUE for the script, over the base's; a bare KEY takes yours")
        ->allow_extra_args(false);
    add(command, "-w,--workdir", workdir, "the folder the script starts in (default: the base's, else /)");
    add(command, "-u,--user", user,
        "who runs it: NAME or UID, with :GROUP if wanted (default: the base's, else root)");
    add(command, "--shell", shell,
        "runs a script that has no #! line, as SHELL -e SCRIPT (default: /bin/sh)");
    add(command, "-m,--memory", memory, "the machine's memory (default: 1G)");
    add(command, "--cpus", cpus, "the machine's processors (default: 1)");
    add(command, "--disk-size", diskSize,
        "how much the script may write (default: 16G; only what is used costs)");
    add(command, "--timeout", timeout,
        "end the script after this long, such as 90s or 1h30m (default: never)");
    add(command, "--platform", platform, "what the base must be for (default: linux/amd64)");
    add(command, "--accel", accel,
        "auto, kvm or tcg (default: auto: KVM if a guest boots with it, else emulation)");
    add(command, "--source-date-epoch", epoch,
        "cut later times in the layer to this (seconds since 1970; default: SOURCE_DATE_EPOCH)");
    add(command, "--scrub", scrub,
        "debian: leave logs, caches and backups of Debian's package tools out of the layer (default: "
        "nothing)");
    add(command, "--metadata-file", metadataFile, "write what happened to this file, as JSON");
    add(command, "--console-log", consoleLog, "keep the guest kernel's console in this file");
    add(command, "--progress", progress, "auto, tty, plain, json or quiet (default: auto)");
    command.add_flag(
        "--keep-times", keepTimes,
        "keep the times of what the script made (default: they become 1970-01-01T00:00:01Z, so that the\n"
        "same inputs give the same bytes)");
    command
        .add_flag("--template,!--no-template", useTemplate,
                  "go on from a machine that was frozen after its boot, which is made first (experimental; "
                  "default: boot)")
        ->envname("ROOTLAYER_TEMPLATE");
    command.add_flag("-v,--verbose", verbose, "say how long each phase took");
    command.add_flag("-q,--quiet", quiet, "the same as --progress quiet");
}

RunSpec RunOptions::spec() const {
    RunSpec spec;
    spec.from = from;
    spec.args = args;
    spec.env = resolveEnvironment(env);
    if (!workdir.empty() && workdir[0] != '/') {
        throw Error(ErrorCode::Usage, fmt::format("--workdir {} is not absolute", quote(workdir)),
                    "--workdir /srv");
    }
    spec.workdir = workdir;
    spec.user = user;
    spec.shell = shell;
    spec.platform = platform;
    spec.memory = sizeOption(memory, "--memory", kLeastMemory);
    spec.processors = static_cast<unsigned>(parseInteger(cpus, "--cpus", 1, 255));
    spec.diskSize = sizeOption(diskSize, "--disk-size", kLeastDisk);
    spec.timeout = parseDuration(timeout, "--timeout");
    spec.acceleration = accelerationFromName(accel);
    spec.sourceDateEpoch = epochOption(epoch);
    spec.useTemplate = useTemplate;
    spec.keepTimes = keepTimes;
    spec.scrub = scrub;
    spec.consoleLog = consoleLog;
    if (output == "-") {
        if (::isatty(STDOUT_FILENO) == 1) {
            throw Error(ErrorCode::Usage, "a layer is not written to a terminal",
                        "--output layer.tar, or | tar tv");
        }
        spec.outputFd = STDOUT_FILENO;
    } else {
        spec.output = output;
    }
    spec.script = readScript(script);
    return spec;
}

ProgressStyle RunOptions::progressStyle() const {
    return quiet ? ProgressStyle::Quiet : progressStyleFromName(progress);
}

void PlaceOptions::addTo(CLI::App& command) {
    add(command, "--cache-dir", cacheFolder, "the cache (default: ~/.cache/rootlayer)");
    add(command, "--connect", connectUri,
        "a libvirt URI, such as qemu:///session (default: a driver inside rootlayer, without a daemon)");
    add(command, "--kernel", kernel, "another guest kernel: a bzImage with virtio, overlay and squashfs");
    add(command, "--modules", modules, "its modules: a folder such as /lib/modules/6.1.0-1-amd64");
}

Settings PlaceOptions::settings() const {
    Settings settings = Settings::fromEnvironment();
    if (!cacheFolder.empty()) settings.cacheFolder = cacheFolder;
    if (!connectUri.empty()) settings.connectUri = connectUri;
    if (!kernel.empty()) settings.kernel = kernel;
    if (!modules.empty()) settings.modules = modules;
    if (settings.kernel.empty() && !settings.modules.empty()) {
        throw Error(ErrorCode::Usage, "--modules is given without --kernel", "give both, or neither");
    }
    return settings;
}

} // namespace rootlayer::cli
