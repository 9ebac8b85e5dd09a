#include "cli/run_options.hh"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "cli/option.hh"
#include "cli/script_source.hh"

namespace rootlayer::cli {

namespace {

Acceleration accelerationFromName(const std::string& name) {
    if (name == "auto") return Acceleration::Auto;
    if (name == "kvm") return Acceleration::Kvm;
    if (name == "tcg") return Acceleration::Tcg;
    throw Error(ErrorCode::Usage, fmt::format("--accel does not take {}", quote(name)), "auto, kvm or tcg");
}

/// KIND:- or KIND:-:NAME.
bool readsStandardInput(std::string_view reference) {
    const auto colon = reference.find(':');
    if (colon == std::string_view::npos) return false;
    const auto file = reference.substr(colon + 1);
    return file == "-" || file.starts_with("-:");
}

std::optional<std::int64_t> epochOption(const std::string& text, bool keepTimes) {
    constexpr std::int64_t most = (std::int64_t{1} << 33) - 1;
    if (keepTimes && !text.empty()) {
        throw Error(ErrorCode::Usage, "--keep-times and --source-date-epoch exclude each other",
                    "--source-date-epoch cuts later times, and keeps earlier ones");
    }
    const char* variable = std::getenv("SOURCE_DATE_EPOCH");
    if (!text.empty()) return parseInteger(text, "--source-date-epoch", 0, most);
    if (variable == nullptr || *variable == '\0') return std::nullopt;
    return parseInteger(variable, "SOURCE_DATE_EPOCH", 0, most);
}

} // namespace

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

void RunOptions::addTo(CLI::App& command) {
    addOption(command, "--from", from,
              "the base: docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG], oci-archive:FILE[:TAG],\n"
              "dir:ROOTFS, tar:ROOTFS.tar, disk:FILE, docker://NAME[:TAG|@DIGEST], or scratch (the default)");
    addOption(command, "--script", script, "the script to run as root; - reads it from standard input");
    // CLI11 takes an empty text for an optional that is not there.
    command
        .add_option_function<std::string>(
            "-c,--commands", [this](const std::string& text) { commands = text; },
            "the script itself, in place of a file: -c 'apk add curl'")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->envname(variableOf("commands"));
    addOption(command, "--args", args,
              "arguments for the script, up to the next option; or give them last, after --")
        ->expected(1, -1);
    addOption(
        command, "--shell", shell,
        "runs a script that has no #! line, as SHELL -e SCRIPT (default: /bin/sh); it may have arguments,\n"
        "such as \"/bin/bash -u\"");
    command.add_flag("--trace", trace, "show each command of a shell script before it is run, as sh -x does")
        ->envname("ROOTLAYER_TRACE");
    addOption(command, "--platform", platform, "what the base must be for (default: linux/amd64)");
    addOption(command, "--source-date-epoch", epoch,
              "the time of what the script made; later times are cut to it (seconds since 1970; "
              "default:\nSOURCE_DATE_EPOCH)");
    addOption(command, "--scrub", scrub,
              "debian: leave logs, caches and backups of Debian's package tools out of the layer (default: "
              "nothing)");
    command
        .add_flag(
            "--keep-times", keepTimes,
            "keep the times of what the script made, but for those later than SOURCE_DATE_EPOCH where that "
            "is set\n(default: they become 1970-01-01T00:00:01Z, so that the same inputs give the same "
            "bytes)")
        ->envname("ROOTLAYER_KEEP_TIMES");
    command
        .add_flag("--keep-tmp", keepTmp,
                  "let the script see the base's /tmp and /run, and put what it leaves there into the layer\n"
                  "(default: both are empty at the start and not in the layer)")
        ->envname("ROOTLAYER_KEEP_TMP");
    addOption(command, "-m,--memory", memory, "the machine's memory (default: 1G)");
    addOption(command, "--cpus", cpus, "the machine's processors (default: 1)");
    addOption(command, "--disk-size", diskSize,
              "how much the script may write (default: 16G; only what is used costs)");
    addOption(
        command, "--timeout", timeout,
        "end the script after this long, such as 90s or 1h30m; a bare number is seconds (default: never)");
    addOption(command, "--accel", accel,
              "auto, kvm or tcg (default: auto: KVM if a guest boots with it, else emulation)");
    addOption(command, "--console-log", consoleLog, "keep the guest kernel's console in this file");
    command
        .add_flag(
            "--template,!--no-template", useTemplate,
            "go on from a machine that was frozen after its boot, which is made first (the default), or "
            "boot one")
        ->envname("ROOTLAYER_TEMPLATE");
}

RunSpec RunOptions::spec() const {
    if (script == "-" && readsStandardInput(from)) {
        throw Error(ErrorCode::Usage, "--script and --from are both to be read from standard input",
                    "give one of them a file");
    }
    RunSpec spec;
    spec.from = from;
    spec.args = args;
    spec.args.insert(spec.args.end(), lastArgs.begin(), lastArgs.end());
    spec.shell = shell;
    spec.trace = trace;
    spec.platform = platform;
    spec.sourceDateEpoch = epochOption(epoch, keepTimes);
    spec.keepTimes = keepTimes;
    spec.keepTmp = keepTmp;
    spec.scrub = scrub;
    spec.memory = parseSize(memory, "--memory");
    spec.processors = static_cast<unsigned>(parseInteger(cpus, "--cpus", 0, UINT32_MAX));
    spec.diskSize = parseSize(diskSize, "--disk-size");
    spec.timeout = parseDuration(timeout, "--timeout");
    spec.acceleration = accelerationFromName(accel);
    spec.useTemplate = useTemplate;
    spec.consoleLog = consoleLog;
    spec.script = scriptFrom(script, commands);
    return spec;
}

void ScriptOptions::addTo(CLI::App& command) {
    addOption(command, "-e,--env", env, "KEY=VALUE for the script, over the base's; a bare KEY takes yours")
        ->allow_extra_args(false);
    addOption(
        command, "-w,--workdir", workdir,
        "the directory the script starts in (default: the base's, else /); it is made where it is missing");
    addOption(command, "-u,--user", user,
              "who runs it: NAME or UID, with :GROUP if wanted (default: the base's, else root)");
}

void ScriptOptions::apply(RunSpec& spec) const {
    spec.env = resolveEnvironment(env);
    spec.workdir = workdir;
    spec.user = user;
}

} // namespace rootlayer::cli
