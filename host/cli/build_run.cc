#include "cli/build_run.hh"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <unistd.h>

#include <rootlayer/builder.hh>

#include "base/output_file.hh"
#include "cli/exit_status.hh"
#include "cli/json_events.hh"
#include "cli/metadata_file.hh"
#include "cli/option.hh"
#include "cli/signals.hh"
#include "cli/standard_streams.hh"

namespace rootlayer::cli {

namespace {

/// Whether a file is standard output, by any of its names.
bool isStdoutFile(std::string_view file) {
    return file == "-" || file == "/dev/stdout" || file == "/dev/fd/1" || file == "/proc/self/fd/1";
}

bool isStdout(std::string_view output) {
    for (const std::string_view kind : {"docker-archive:", "oci-archive:"}) {
        if (!output.starts_with(kind)) continue;
        output.remove_prefix(kind.size());
        return isStdoutFile(output.substr(0, output.find(':')));
    }
    return isStdoutFile(output);
}

bool usesStdout(const BuildSpec& spec) {
    return spec.run.outputFd >= 0 || std::any_of(spec.outputs.begin(), spec.outputs.end(), isStdout);
}

/// The file of --metadata-file. It is opened before the run, so that a bad path is refused early.
class MetadataOutput final {
  public:
    MetadataOutput(const std::string& path, bool events) : m_path(path), m_events(events) {
        if (!path.empty()) open();
    }

    /// Writes the text, and does the part of commit() that can fail.
    void write(const std::string& text) {
        if (m_path.empty()) return;
        if (m_used) open();
        m_used = true;
        m_file->write(text);
        m_file->prepare();
    }
    void commit() {
        if (m_file) m_file->commit();
    }

    /// The run's failure comes first; a failure here is only reported.
    void writeFailure(const Error& failure) noexcept {
        try {
            write(metadataOf(failure, exitStatusOf(failure)));
            commit();
        } catch (const Error& error) {
            if (m_events) {
                toStderr(jsonLine({.kind = Event::Kind::Warning, .text = error.what()}));
            } else {
                report(error);
            }
        }
    }

  private:
    void open() { m_file.emplace(m_path, "--metadata-file"); }

    std::string m_path;
    bool m_events;
    std::optional<OutputFile> m_file;
    bool m_used = false;
};

void sayHowItEnded(const BuildSpec& spec, const RunResult& result) {
    if (result.exitReason.empty()) return;
    const bool image = !spec.outputs.empty() && spec.run.output.empty();
    toStderr(
        fmt::format("rootlayer: {}; no {} was written\n", result.exitReason, image ? "output" : "layer"));
    if (!result.exitHint.empty()) toStderr(fmt::format("  try: {}\n", result.exitHint));
}

void printLine(const std::string& line) {
    if (line.empty()) return;
    toStdout(line + "\n");
    flushStdout();
}

int buildOnce(BuildSpec spec, const ReportOptions& report, const PlaceOptions& places,
              const std::function<std::string(const BuildResult&)>& say, MetadataOutput& metadata) {
    Builder builder(places.settings());
    const CancelToken cancel;
    const SignalGuard signals(cancel);
    // The digest is printed and the metadata in place before an output appears: all or nothing.
    spec.beforePublishing = [&](const BuildResult& result) {
        metadata.write(metadataOf(spec, result));
        if (!usesStdout(spec)) printLine(say(result));
        metadata.commit();
    };
    BuildResult result;
    {
        const auto progress = makeProgress(report.progressStyle(), report.verbose);
        result = builder.build(spec, *progress, cancel);
    }
    if (report.progressStyle() != ProgressStyle::Json) sayHowItEnded(spec, result.run);
    if (result.run.exitStatus != 0) {
        metadata.write(metadataOf(spec, result));
        metadata.commit();
    }
    return result.run.exitStatus;
}

} // namespace

int buildAndReport(const BuildSpec& spec, const ReportOptions& report, const PlaceOptions& places,
                   const std::function<std::string(const BuildResult&)>& say,
                   const std::vector<NamedFile>& inputs) {
    requireStdout();
    auto others = inputs;
    if (!report.metadataFile.empty()) others.push_back({"--metadata-file", report.metadataFile});
    requireDistinctFiles(spec, others);
    MetadataOutput metadata(report.metadataFile, report.progressStyle() == ProgressStyle::Json);
    try {
        return buildOnce(spec, report, places, say, metadata);
    } catch (const Error& error) {
        metadata.writeFailure(error);
        throw;
    }
}

void addLayerOutputs(CLI::App& command, std::vector<std::string>& outputs) {
    beginGroup(command, "Output");
    addOption(command, "-o,--output OUTPUT", outputs,
              "output: a path for the layer, - for standard output, or\n"
              "docker-archive:FILE, oci:DIR[:TAG], oci-archive:FILE or docker://NAME\n"
              "for the whole image; repeatable (default: layer.tar)")
        ->allow_extra_args(false);
}

void setOutputs(BuildSpec& spec, const std::vector<std::string>& outputs) {
    if (std::count_if(outputs.begin(), outputs.end(), isStdout) > 1)
        throw Error(ErrorCode::Usage, "two outputs go to standard output", "use a file for one of them");
    for (const auto& output : outputs) {
        if (isStdout(output) && ::isatty(STDOUT_FILENO) == 1) {
            throw Error(ErrorCode::Usage, "refusing to write a layer or an image to a terminal",
                        "--output layer.tar, or pipe into tar tv");
        }
        if (isStdoutFile(output)) {
            spec.run.outputFd = STDOUT_FILENO;
        } else {
            spec.outputs.push_back(output);
        }
    }
}

} // namespace rootlayer::cli
