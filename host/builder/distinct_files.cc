#include "builder/distinct_files.hh"

#include <filesystem>
#include <fmt/format.h>
#include <map>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::builder {

namespace {

namespace fs = std::filesystem;

/// FILE of docker-archive:FILE:NAME:TAG. Empty if the output is not a file.
std::string fileOf(const std::string& output) {
    if (output == "-" || output.starts_with("docker://")) return {};
    for (const std::string_view kind : {"docker-archive:", "oci-archive:", "oci:"}) {
        if (!output.starts_with(kind)) continue;
        const auto rest = output.substr(kind.size());
        const auto path = rest.substr(0, rest.find(':'));
        return path == "-" ? "" : path;
    }
    return output;
}

/// Resolves symlinks, except in the last component: rename(2) replaces that itself.
std::string placeOf(const std::string& path) {
    std::error_code error;
    const auto whole = fs::absolute(path, error).lexically_normal();
    const auto name = whole.has_filename() ? whole : whole.parent_path();
    const auto directory = fs::weakly_canonical(name.parent_path(), error);
    return (directory / name.filename()).string();
}

bool isReplaced(const std::string& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    return !fs::exists(status) || fs::is_regular_file(status) || fs::is_directory(status);
}

} // namespace

std::vector<NamedFile> writtenFiles(const BuildSpec& spec) {
    std::vector<NamedFile> files;
    const auto add = [&](const char* option, const std::string& path) {
        if (!path.empty()) files.push_back({option, path});
    };
    for (const auto& output : spec.outputs)
        add("--output", fileOf(output));
    if (spec.run.outputFd < 0) add("--output", spec.run.output);
    add("--iidfile", spec.iidFile);
    add("--provenance", spec.provenanceFile);
    add("--console-log", spec.run.consoleLog);
    add("--network-log", spec.run.network.log);
    add("--network-allow-file", spec.run.network.allowFile);
    return files;
}

void requireDistinct(const std::vector<NamedFile>& files) {
    std::map<std::string, std::string> seen;
    for (const auto& file : files) {
        if (!isReplaced(file.path)) continue;
        const auto [first, isNew] = seen.emplace(placeOf(file.path), file.option);
        if (isNew) continue;
        throw Error(ErrorCode::Usage,
                    first->second == file.option
                        ? fmt::format("{} names {} twice", file.option, quote(file.path))
                        : fmt::format("{} and {} both name {}", first->second, file.option, quote(file.path)),
                    "use a different path for each");
    }
}

} // namespace rootlayer::builder
