#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/error.hh>

#include "base/temp_dir.hh"
#include "image/base_image.hh"
#include "support/image_builder.hh"

namespace rootlayer::test {

/// A directory of the test's own, with the bases that it opens.
class Bases final {
  public:
    Bases();
    std::string path(const std::string& name) const { return m_directory.file(name); }
    std::string makeDirectory(const std::string& name) const;
    std::string write(const std::string& name, const std::string& bytes) const;
    /// FILE, with the members as a tar.
    std::string archive(const Members& members) const { return write("base.tar", makeTar(members)); }
    std::string layout(const Members& members) const;

    /// No temporary file is left behind, whatever happened.
    bool temporaryDirectoryIsEmpty() const;

    image::OpenOptions options;

  private:
    TempDir m_directory;
};

std::unique_ptr<image::BaseImage> open(const std::string& reference, const image::OpenOptions& options);
/// The uncompressed layers, read to their ends.
std::vector<std::string> readLayers(const image::BaseImage& base);
/// Opens the image, reads all of it, and returns the error that one of the two must throw.
Error failure(const std::string& reference, const image::OpenOptions& options);

} // namespace rootlayer::test
