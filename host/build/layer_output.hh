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

    void write(std::string_view bytes) override;
    /// The layer is whole. Throws Error{Layer} when it is not.
    layer::LayerSummary finish();
    Digest diffId() const { return m_diffId; }
    void commit();

  private:
    layer::TarValidator m_validator;
    Sha256 m_hash;
    Digest m_diffId;
    std::optional<OutputFile> m_file;
    std::optional<FdSink> m_stream;
};

} // namespace rootlayer::build
