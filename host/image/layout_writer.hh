#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/output_file.hh"
#include "base/unique_fd.hh"
#include "image/image_writer.hh"

namespace rootlayer::image {

/// Adds images to an OCI layout (OCI image-layout.md), which is created if there is none. Writers of the same
/// directory wait for one another (flock(2) on the directory), so no image is lost. index.json is replaced by
/// rename. Existing blobs are read and checked, and replaced if they are damaged.
class LayoutWriter final : public ImageWriter {
  public:
    /// Throws Error{Input} if the directory cannot be created or written, or contains something else.
    LayoutWriter(const oci::Reference& target, const WriteOptions& options);
    LayoutWriter(const LayoutWriter&) = delete;
    LayoutWriter& operator=(const LayoutWriter&) = delete;
    /// Without commit(): removes what was added.
    ~LayoutWriter() override;

    LayerForm layerForm() const override { return {m_options.compression, true}; }
    void write(const std::vector<ImageDraft>& images) override;
    void prepare() override;
    void commit() override;

  private:
    void requireLayoutOrNothing() const;
    void lock();
    void makeDirectory(const std::string& path);
    void add(const Blob& blob);
    bool holds(const std::string& path, const Blob& blob) const;
    std::string file(const std::string& name) const { return m_target.path + "/" + name; }
    void removeAdded() noexcept;

    oci::Reference m_target;
    WriteOptions m_options;
    UniqueFd m_lock;
    std::vector<std::string> m_madeDirectories; ///< outermost first
    std::vector<std::string> m_madeFiles;
    std::string m_index; ///< the new index.json
    std::optional<OutputFile> m_indexFile;
};

} // namespace rootlayer::image
