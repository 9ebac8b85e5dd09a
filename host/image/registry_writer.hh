#pragma once

#include <string>

#include "base/swept_dir.hh"
#include "image/image_writer.hh"
#include "image/layout_writer.hh"

namespace rootlayer::image {

/// Pushes an image to a registry through skopeo, with unchanged digests. Uncompressed layers are compressed
/// with gzip, which clients of registries expect, or with zstd if options.compression says so.
class RegistryWriter final : public ImageWriter {
  public:
    /// Throws Error{Usage} for an invalid name. Asks the registry (push_question.hh), so that a push that it
    /// would refuse fails before anything is built.
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
