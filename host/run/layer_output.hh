#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/run_spec.hh>

#include "base/digest.hh"
#include "base/output_file.hh"
#include "base/threaded_sink.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::run {

/// The limits of a layer. An option names each of them.
struct LayerLimits {
    std::uint64_t bytes = 0;            ///< --max-layer-size
    std::uint64_t entries = UINT64_MAX; ///< --max-entries

    static LayerLimits of(const RunSpec& spec);
};

/// Validates, hashes and writes a layer while it is received. No file has its final name before commit().
class LayerOutput final : public Sink {
  public:
    explicit LayerOutput(const LayerLimits& limits);
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

    /// The most bytes that all files of the layer can have, apart from holes. With it, a file that does not
    /// fit in the file system of an output is refused when its entry arrives, before its data.
    void setStored(std::uint64_t bytes) { m_stored = bytes; }

    /// Throws Error{Resource} naming the option for a layer above a limit, as soon as its entry arrives.
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
    void checkLimits(const layer::Entry& entry);
    void checkSpace(const layer::Entry& entry) const;

    LayerLimits m_limits;
    std::uint64_t m_entries = 0;
    std::uint64_t m_announced = 0;         ///< bytes of headers and data, without pax headers
    std::uint64_t m_bytes = 0;             ///< that arrived
    std::optional<std::uint64_t> m_stored; ///< see setStored()
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
