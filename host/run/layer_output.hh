#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/digest.hh"
#include "base/output_file.hh"
#include "base/threaded_sink.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::run {

/// Where a layer goes: every byte is validated, hashed and written as it comes. Nothing stands under a final
/// name before commit().
class LayerOutput final : public Sink {
  public:
    /// `most` bounds the bytes of the layer.
    explicit LayerOutput(std::uint64_t most);
    LayerOutput(const LayerOutput&) = delete;
    LayerOutput& operator=(const LayerOutput&) = delete;

    /// One more place for it. Throws Error{Input} when it cannot be written.
    void addFile(const std::string& path);
    /// A descriptor, not owned, that gets the bytes at once; on failure they end in the middle.
    void addStream(int fd);
    /// A sink, not owned, that gets the bytes at once.
    void addSink(Sink& sink) { m_sinks.push_back(&sink); }
    /// Whether the bare layer itself is wanted somewhere.
    bool wanted() const { return !m_files.empty() || m_stream; }

    void write(std::string_view bytes) override;
    /// Did nothing come yet?
    bool empty() const { return !m_hashing; }
    /// The layer is whole. Throws Error{Layer} when it is not.
    layer::LayerSummary finish();
    Digest diffId() const { return m_diffId; }
    /// See OutputFile.
    void prepare();
    void commit();

    /// How many files the layer has that differ from run to run (layer/debian_traces.hh), and the first one.
    std::uint64_t traces() const { return m_traces; }
    const std::string& firstTrace() const { return m_firstTrace; }

  private:
    void onEntry(const layer::Entry& entry);

    layer::TarValidator m_validator;
    Sha256 m_hash;
    std::optional<ThreadedSink>
        m_hashing; ///< beside the validator and the files: it takes as long as they do
    Digest m_diffId;
    std::uint64_t m_traces = 0;
    std::string m_firstTrace;
    std::vector<OutputFile> m_files;
    std::optional<FdSink> m_stream;
    std::vector<Sink*> m_sinks;
};

} // namespace rootlayer::run
