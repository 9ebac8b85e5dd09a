#pragma once

#include <string>

#include "base/swept_dir.hh"
#include "image/image_writer.hh"
#include "image/layout_writer.hh"

namespace rootlayer::image {

/// Pushes an image to a registry, through skopeo, with the digests that it has here. What is not compressed
/// is sent as gzip unless zstd is wanted: registries' clients expect it.
class RegistryWriter final : public ImageWriter {
  public:
    /// Throws Error{Usage} when the name cannot be one, and asks the registry (push_question.hh): a push that
    /// it refuses fails now, before anything is made.
    RegistryWriter(const oci::Reference& target, const WriteOptions& options);

    LayerForm layerForm() const override;
    void write(const std::vector<ImageDraft>& images) override;
    void commit() override;

  private:
    std::string m_name; ///< "docker://HOST/NAME:TAG"
    WriteOptions m_options;
    SweptDir m_directory;
    LayoutWriter m_layout;
};

} // namespace rootlayer::image
