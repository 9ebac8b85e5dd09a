#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.hh"
#include "base/output_file.hh"
#include "base/threaded_sink.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::run {

/// Validates, hashes and writes a layer while it is received. No file has its final name before commit().
class LayerOutput final : public Sink {
  public:
    /// `most`: the size limit of the layer in bytes.
    explicit LayerOutput(std::uint64_t most);
    LayerOutput(const LayerOutput&) = delete;
    LayerOutput& operator=(const LayerOutput&) = delete;

    /// Adds an output file. Throws Error{Input} if it cannot be written.
    void addFile(const std::string& path);
    /// Sets a descriptor, not owned, to which bytes are written immediately. After a failure they are
    /// incomplete.
    void addStream(int fd);
    /// Adds a sink, not owned, to which bytes are written immediately.
    void addSink(Sink& sink) { m_sinks.push_back(&sink); }
    /// Whether there is a file or a descriptor for the layer itself.
    bool wanted() const { return !m_files.empty() || m_stream; }

    void write(std::string_view bytes) override;
    /// Whether no bytes were written yet.
    bool empty() const { return !m_hashing; }
    /// Ends the layer. Throws Error{Layer} if it is incomplete.
    layer::LayerSummary finish();
    Digest diffId() const { return m_diffId; }
    /// See OutputFile.
    void prepare();
    void commit();

    /// Number of files that differ from run to run (layer/debian_traces.hh), and the path of the first.
    std::uint64_t traces() const { return m_traces; }
    const std::string& firstTrace() const { return m_firstTrace; }

  private:
    void onEntry(const layer::Entry& entry);

    layer::TarValidator m_validator;
    Sha256 m_hash;
    /// Hashes in its own thread, because that takes as long as validating and writing.
    std::optional<ThreadedSink> m_hashing;
    Digest m_diffId;
    std::uint64_t m_traces = 0;
    std::string m_firstTrace;
    std::vector<OutputFile> m_files;
    std::optional<FdSink> m_stream;
    std::vector<Sink*> m_sinks;
};

} // namespace rootlayer::run
