#pragma once

#include <optional>

#include <rootlayer/run_spec.hh>

#include "base/digest.hh"
#include "base/output_file.hh"
#include "layer/tar_validator.hh"

namespace rootlayer::build {

/// Where a layer goes: every byte is validated, hashed and written as it comes. Nothing stands under the
/// final name before commit().
class LayerOutput final : public Sink {
  public:
    /// Refuses a place that cannot be written now, before there is a machine. `most` bounds the bytes of the
    /// layer.
    LayerOutput(const RunSpec& spec, std::uint64_t most);
    LayerOutput(const LayerOutput&) = delete;
    LayerOutput& operator=(const LayerOutput&) = delete;

    void write(std::string_view bytes) override;
    /// The layer is whole. Throws Error{Layer} when it is not.
    layer::LayerSummary finish();
    Digest diffId() const { return m_diffId; }
    void commit();

    /// How many files the layer has that differ from run to run (layer/debian_traces.hh), and the first one.
    std::uint64_t traces() const { return m_traces; }
    const std::string& firstTrace() const { return m_firstTrace; }

  private:
    void onEntry(const layer::Entry& entry);

    layer::TarValidator m_validator;
    Sha256 m_hash;
    Digest m_diffId;
    std::uint64_t m_traces = 0;
    std::string m_firstTrace;
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
};

} // namespace rootlayer::build
