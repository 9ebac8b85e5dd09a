#include "images/debian_package.hh"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/system_error.hh"
#include "base/temp_dir.hh"

namespace rootlayer::images {

namespace {

using namespace std::chrono_literals;

constexpr auto kShort = 60s;
constexpr auto kDownload = 15min;

// Debian policy 5.6.1.
constexpr std::string_view kPackageCharacters = "abcdefghijklmnopqrstuvwxyz0123456789+-.";

// The output is parsed and shown, so it must be in English.
Command quietly(std::vector<std::string> argv) {
    argv.insert(argv.begin(), {"env", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"});
    return Command{std::move(argv)};
}

std::string lastLine(std::string_view text) {
    text = text.substr(0, text.find_last_not_of('\n') + 1);
    return escaped(text.substr(text.rfind('\n') + 1));
}

/// "NAME=VERSION" or "NAME", as apt-get takes it, of an item of a Depends field, "NAME (= VERSION)". The name
/// contains nothing that apt-get could take for an option.
std::string requested(std::string_view item) {
    const auto end = std::min(item.find_first_not_of(kPackageCharacters), item.size());
    const auto name = std::string(item.substr(0, end));
    const auto rest = item.substr(end);
    if (!rest.starts_with(" (= ")) return name;
    return name + "=" + std::string(rest.substr(4, rest.find(')') - 4));
}

void download(const DebianPackage& wanted, const std::string& package, const std::string& directory,
              const CancelToken* cancel) {
    auto command = quietly({"apt-get", "-q", "-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30",
                            "download", package});
    command.workdir = directory;
    const auto result = runCommand(std::move(command), Deadline::after(kDownload), cancel);
    if (result.status.success()) return;
    if (saysNoSpace(result.err)) {
        throw Error(ErrorCode::Resource,
                    fmt::format("no space left on device for the {} {}", wanted.what, package),
                    "free some space, or choose another cache directory with --cache-dir");
    }
    throw Error(ErrorCode::Machine,
                fmt::format("cannot download the {} {}: {}", wanted.what, package, lastLine(result.err)),
                fmt::format("check the network, run \"apt-get update\" as root, {}", wanted.alternative));
}

} // namespace

std::string newestPackage(const DebianPackage& wanted, const CancelToken* cancel) {
    if (!findProgram("apt-get") || !findProgram("apt-cache") || !findProgram("dpkg-deb")) {
        throw Error(
            ErrorCode::Machine,
            fmt::format("there is no {} for the machine, and no apt-get to fetch Debian's", wanted.what),
            fmt::format("on Debian install apt, {}", wanted.alternative));
    }
    const auto shown = runCommand(quietly({"apt-cache", "show", "--no-all-versions", wanted.meta}),
                                  Deadline::after(kShort), cancel);
    auto package = packageIn(shown.out, wanted.prefix);
    if (package.empty()) {
        throw Error(ErrorCode::Machine,
                    fmt::format("apt does not know the {} package {}", wanted.what, wanted.meta),
                    fmt::format("run \"apt-get update\" as root, {}", wanted.alternative));
    }
    return package;
}

std::string fetchPackage(const DebianPackage& wanted, const std::string& package,
                         const std::string& directory, const CancelToken* cancel) {
    download(wanted, package, directory, cancel);
    auto unpacked = directory + "/unpacked";
    makeDirectories(unpacked);
    requireCommand(Command{{"dpkg-deb", "-x", onlyFile(wanted, directory, wanted.prefix, ".deb"), unpacked}},
                   Deadline::after(kDownload), "unpacking the " + wanted.what, cancel);
    return unpacked;
}

std::vector<std::string> dependenciesOf(const DebianPackage& wanted, const std::string& directory,
                                        const CancelToken* cancel) {
    const auto package = onlyFile(wanted, directory, wanted.prefix, ".deb");
    return dependenciesIn(requireCommand(Command{{"dpkg-deb", "-f", package, "Depends"}},
                                         Deadline::after(kShort), "reading the package of the " + wanted.what,
                                         cancel));
}

std::string onlyFile(const DebianPackage& wanted, const std::string& directory, std::string_view prefix,
                     std::string_view suffix) {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(prefix) && name.ends_with(suffix)) found = entry.path().string();
    }
    if (!found.empty()) return found;
    throw Error(ErrorCode::Machine, fmt::format("the {} package has no {}*{}", wanted.what, prefix, suffix),
                fmt::format("try again, {}", wanted.alternative));
}

std::string packageIn(const std::string& aptCacheOutput, std::string_view prefix) {
    constexpr std::string_view field = "\nDepends: ";
    const auto text = "\n" + aptCacheOutput;
    const auto start = text.find(field);
    if (start == std::string::npos) return {};
    const auto line = text.substr(start + field.size(), text.find('\n', start + 1) - start - field.size());
    const auto at = line.find(prefix);
    return at == std::string::npos ? "" : requested(std::string_view(line).substr(at));
}

std::vector<std::string> dependenciesIn(std::string_view field) {
    std::vector<std::string> packages;
    while (!field.empty()) {
        const auto end = std::min(field.find(','), field.size());
        const auto item = field.substr(0, end);
        const auto start = item.find_first_not_of(" \n");
        if (start != std::string_view::npos) packages.push_back(requested(item.substr(start)));
        field.remove_prefix(std::min(end + 1, field.size()));
    }
    return packages;
}

} // namespace rootlayer::images
