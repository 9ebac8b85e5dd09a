#include "cli/run_options.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/units.hh"
#include "cli/choice.hh"
#include "cli/option.hh"
#include "cli/script_source.hh"

namespace rootlayer::cli {

namespace {

constexpr std::array<Choice<MinIsolation>, 3> kMinIsolations{
    {{"tcg", MinIsolation::Tcg}, {"confined", MinIsolation::Confined}, {"kvm", MinIsolation::Kvm}}};

constexpr std::array<Choice<Acceleration>, 3> kAccelerations{
    {{"auto", Acceleration::Auto}, {"kvm", Acceleration::Kvm}, {"tcg", Acceleration::Tcg}}};

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
                    "--source-date-epoch alone, which clamps later times and keeps earlier ones");
    }
    const char* variable = std::getenv("SOURCE_DATE_EPOCH");
    if (!text.empty()) return parseInteger(text, "--source-date-epoch", 0, most);
    if (variable == nullptr || *variable == '\0') return std::nullopt;
    return parseInteger(variable, "SOURCE_DATE_EPOCH", 0, most);
}

/// `--after "$UNSET"` is a mistake, not a run without that script. CLI11 says "missing" of a missing value
/// too.
CLI::Validator isNotEmpty() {
    return CLI::Validator([](std::string& value) { return value.empty() ? "missing" : std::string(); }, "");
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
    addBase(command);
    addScript(command);
    addLayer(command);
    addMachine(command);
    network.addTo(command);
}

void RunOptions::addBase(CLI::App& command) {
    beginGroup(command, "Base");
    addOption(command, "--from IMAGE", from,
              "base image: docker-archive:FILE[:NAME:TAG], oci:DIR[:TAG],\n"
              "oci-archive:FILE[:TAG], dir:ROOTFS, tar:ROOTFS.tar, disk:FILE,\n"
              "docker://NAME[:TAG|@DIGEST] or scratch (default: scratch)");
    addOption(command, "--platform OS/ARCH", platform, "platform of the base image (default: linux/amd64)");
}

void RunOptions::addScript(CLI::App& command) {
    beginGroup(command, "Script");
    addOption(command, "--script FILE|-", script, "script to run; - reads it from standard input")
        ->check(isNotEmpty());
    // CLI11 takes an empty text for an optional that is not there.
    command
        .add_option_function<std::string>(
            "-c,--commands", [this](const std::string& text) { commands = text; },
            "script text instead of a file, e.g. -c 'useradd app'")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
        ->type_name("TEXT")
        ->envname(variableOf("commands"));
    addOption(command, "--before FILE", before,
              "script to run first, as root in the layer's directory, /layer, on the base,\n"
              "which is read-only; what it puts there is in the layer")
        ->check(isNotEmpty());
    addOption(command, "--after FILE", after,
              "script to run last, the same way: it can change, add and remove files of\n"
              "the layer")
        ->check(isNotEmpty());
    addOption(command, "--args WORD...", args,
              "arguments for the script, up to the next option; or put them after --")
        ->expected(1, -1);
    addOption(command, "--shell COMMAND", shell,
              "shell for a script without a #! line, run as SHELL -e SCRIPT; may have\n"
              "arguments, e.g. \"/bin/bash -u\" (default: /bin/sh)");
    command.add_flag("--trace", trace, "print each command of a shell script before it runs, like sh -x")
        ->envname("ROOTLAYER_TRACE");
    addOption(command, "--timeout TIME", timeout,
              "time limit of the scripts and of packing their layer together, e.g. 90s or\n"
              "1h30m; a bare number is seconds; 0: no limit (default: none)");
    addOption(command, "--max-output SIZE", maxOutput,
              "most bytes that the script may write to stdout and stderr; 0: no limit\n"
              "(default: 1G)");
}

void RunOptions::addLayer(CLI::App& command) {
    beginGroup(command, "Output");
    addOption(command, "--source-date-epoch SECONDS", epoch,
              "set the mtime of files that the script created or changed to this time,\n"
              "and clamp later mtimes to it; seconds since 1970\n"
              "(default: $SOURCE_DATE_EPOCH)");
    addOption(command, "--scrub debian", scrub,
              "debian: leave logs, caches and backups of Debian's package tools out of\n"
              "the layer (default: leave nothing out)");
    command
        .add_flag("--keep-times", keepTimes,
                  "keep the mtime of files that the script created or changed, unless it is\n"
                  "later than $SOURCE_DATE_EPOCH (default: set the mtime to\n"
                  "1970-01-01T00:00:01Z, so that the same input gives the same bytes)")
        ->envname("ROOTLAYER_KEEP_TIMES");
    command
        .add_flag("--keep-tmp", keepTmp,
                  "show the script the base's /tmp and /run, and include its changes there in\n"
                  "the layer (default: both start empty and are left out)")
        ->envname("ROOTLAYER_KEEP_TMP");
    addOption(command, "--max-layer-size SIZE", maxLayerSize,
              "most bytes of the layer's tar, e.g. 40G (default: --disk-size, at least 1G)");
    addOption(command, "--max-entries N", maxEntries,
              "most entries of the layer, with deletions (default: 2000000)");
}

void RunOptions::addMachine(CLI::App& command) {
    beginGroup(command, "Machine");
    addOption(command, "-m,--memory SIZE", memory, "VM memory, e.g. 512M (default: 1G)");
    addOption(command, "--cpus N", cpus, "number of VM processors (default: 1)");
    addOption(command, "--disk-size SIZE", diskSize,
              "size of the disk that the script writes to, allocated on demand\n"
              "(default: 16G)");
    addOption(command, "--accel " + placeholderOf(kAccelerations), accel,
              "auto uses KVM if a guest boots with it, else emulation (TCG) (default: auto)");
    addOption(command, "--min-isolation " + placeholderOf(kMinIsolations), minIsolation,
              "fail if the script would be isolated less: tcg (default), confined (QEMU has\n"
              "no files but the run's), kvm (confined, and KVM)");
    command
        .add_flag("--template,!--no-template", useTemplate,
                  "start from a snapshot taken after boot, created on first use (default; not\n"
                  "with KVM); --no-template boots a VM instead")
        ->envname("ROOTLAYER_TEMPLATE");
    addOption(command, "--console-log FILE", consoleLog,
              "write the guest kernel's console output to this file");
    beginGroup(command, "Other");
    addOption(command, "--deadline TIME", deadline,
              "time limit of the whole command, with reading the base and publishing\n"
              "(default: none)");
}

std::vector<NamedFile> RunOptions::scripts() const {
    std::vector<NamedFile> files;
    const std::array<NamedFile, 3> all{{{"--script", script}, {"--before", before}, {"--after", after}}};
    for (const auto& file : all) {
        const auto same = [&](const NamedFile& other) { return other.path == file.path; };
        if (!file.path.empty() && file.path != "-" && std::none_of(files.begin(), files.end(), same))
            files.push_back(file);
    }
    return files;
}

RunSpec RunOptions::spec() const {
    if (script == "-" && readsStandardInput(from)) {
        throw Error(ErrorCode::Usage, "--script and --from both read standard input",
                    "use a file for one of them");
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
    spec.machine.memory = parseSize(memory, "--memory");
    spec.machine.processors = static_cast<unsigned>(parseInteger(cpus, "--cpus", 0, UINT32_MAX));
    spec.machine.diskSize = parseSize(diskSize, "--disk-size");
    spec.timeout = parseDuration(timeout, "--timeout");
    spec.deadline = parseDuration(deadline, "--deadline");
    if (!maxLayerSize.empty()) spec.maxLayerSize = parseSize(maxLayerSize, "--max-layer-size");
    if (!maxEntries.empty())
        spec.maxEntries = static_cast<std::uint64_t>(parseInteger(maxEntries, "--max-entries", 1, INT64_MAX));
    if (!maxOutput.empty()) spec.maxOutput = parseSize(maxOutput, "--max-output");
    spec.machine.acceleration = chosenFrom(kAccelerations, accel, "--accel");
    spec.machine.minIsolation = chosenFrom(kMinIsolations, minIsolation, "--min-isolation");
    spec.machine.useTemplate = useTemplate;
    spec.consoleLog = consoleLog;
    spec.network = network.options();
    spec.script = scriptFrom(script, commands);
    if (!before.empty()) spec.before = ScriptSpec::fromFile(before);
    if (!after.empty()) spec.after = ScriptSpec::fromFile(after);
    return spec;
}

void ScriptOptions::addTo(CLI::App& command) {
    beginGroup(command, "Script");
    addOption(command, "-e,--env KEY[=VALUE]", env,
              "KEY=VALUE to add to the script's environment; KEY alone copies the value\n"
              "from yours; repeatable")
        ->allow_extra_args(false);
    addOption(command, "-w,--workdir PATH", workdir,
              "working directory of the script, created if missing\n"
              "(default: the base's, else /)");
    addOption(command, "-u,--user USER[:GROUP]", user,
              "user to run the script as, NAME or UID with an optional :GROUP\n"
              "(default: the base's, else root)");
}

void ScriptOptions::apply(RunSpec& spec) const {
    spec.env = resolveEnvironment(env);
    spec.workdir = workdir;
    spec.user = user;
}

} // namespace rootlayer::cli
