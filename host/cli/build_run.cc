#include "cli/build_run.hh"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

#include <rootlayer/builder.hh>

#include "base/output_file.hh"
#include "cli/exit_status.hh"
#include "cli/metadata_file.hh"
#include "cli/signals.hh"

namespace rootlayer::cli {

namespace {

bool isStdout(const std::string& output) {
    return output == "-" || output == "docker-archive:-" || output == "oci-archive:-";
}

bool usesStdout(const BuildSpec& spec) {
    return spec.run.outputFd >= 0 || std::any_of(spec.outputs.begin(), spec.outputs.end(), isStdout);
}

void writeMetadata(OutputFile& file, const std::string& text) {
    file.write(text);
    file.commit();
}

void sayHowItEnded(const BuildSpec& spec, const RunResult& result) {
    if (result.exitReason.empty()) return;
    const bool image = !spec.outputs.empty() && spec.run.output.empty();
    fmt::print(stderr, "rootlayer: {}; there is no {}\n", result.exitReason, image ? "output" : "layer");
    if (!result.exitHint.empty()) fmt::print(stderr, "  try: {}\n", result.exitHint);
}

int buildOnce(const BuildSpec& spec, const ReportOptions& report, const PlaceOptions& places,
              const std::function<std::string(const BuildResult&)>& say) {
    Builder builder(places.settings());
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    BuildResult result;
    {
        const auto progress = makeProgress(report.progressStyle(), report.verbose);
        result = builder.build(spec, *progress, cancel);
    }
    sayHowItEnded(spec, result.run);
    if (!report.metadataFile.empty()) {
        OutputFile file(report.metadataFile);
        writeMetadata(file, metadataOf(spec, result));
    }
    const auto line = result.run.exitStatus == 0 && !usesStdout(spec) ? say(result) : std::string();
    if (!line.empty()) fmt::print("{}\n", line);
    return result.run.exitStatus;
}

} // namespace

int buildAndReport(const BuildSpec& spec, const ReportOptions& report, const PlaceOptions& places,
                   const std::function<std::string(const BuildResult&)>& say) {
    const auto& path = report.metadataFile;
    if (path.empty()) return buildOnce(spec, report, places, say);
    { const OutputFile writable(path); } // refuses a bad place now, not after the run
    try {
        return buildOnce(spec, report, places, say);
    } catch (const Error& error) {
        // A failure to write it must not hide the first one.
        OutputFile file(path);
        writeMetadata(file, metadataOf(error, exitStatusOf(error)));
        throw;
    }
}

void setOutputs(BuildSpec& spec, const std::vector<std::string>& outputs) {
    if (std::count_if(outputs.begin(), outputs.end(), isStdout) > 1)
        throw Error(ErrorCode::Usage, "two outputs are to go to standard output", "give one of them a file");
    for (const auto& output : outputs) {
        if (isStdout(output) && ::isatty(STDOUT_FILENO) == 1) {
            throw Error(ErrorCode::Usage, "a layer or an image is not written to a terminal",
                        "--output layer.tar, or | tar tv");
        }
        if (output == "-") {
            spec.run.outputFd = STDOUT_FILENO;
        } else {
            spec.outputs.push_back(output);
        }
    }
}

} // namespace rootlayer::cli
