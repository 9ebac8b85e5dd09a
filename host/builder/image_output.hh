#pragma once

#include <memory>
#include <string>
#include <vector>

#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

#include "base/threaded_sink.hh"
#include "compress/compressor.hh"
#include "image/image_writer.hh"

namespace rootlayer::builder {

/// Writes the images of a build to their outputs, and compresses the new layer for them.
class ImageOutput final {
  public:
    /// Opens the outputs that name an image; ignores the others. Throws if one cannot be written.
    ImageOutput(const BuildSpec& spec, const Settings& settings, Observer& observer,
                const CancelToken& cancel);
    ~ImageOutput();

    bool empty() const { return m_places.empty(); }
    /// The sinks for the new layer: one for each compression that the outputs need, and one for none.
    std::vector<Sink*> layerSinks();
    /// Call after the last byte of the new layer.
    void finishLayer(const Digest& diffId);
    /// The new layer. Only valid after finishLayer().
    image::BaseLayer newLayer() const;

    /// Writes the image with these names to all outputs. The last `newLayers` of the layers are not the
    /// base's.
    std::vector<BuiltOutput> write(const oci::ImageConfig& config,
                                   const std::vector<image::BaseLayer>& layers, std::size_t newLayers,
                                   const ImageChanges& changes, const std::vector<std::string>& names);
    /// prepare() and push() do what may fail. commit() then only renames files.
    void prepare();
    /// Pushes to registries.
    void push();
    void commit();

  private:
    struct Place {
        std::string reference;
        std::unique_ptr<image::ImageWriter> writer;
        bool isRegistry() const { return reference.starts_with("docker://"); }
    };
    /// Compresses the new layer while it is received.
    struct Packing;

    std::vector<Place> m_places;
    std::vector<std::unique_ptr<Packing>> m_packings;
    image::LayerBlobs m_blobs;
    CancelToken m_cancel;
    image::BaseLayer m_newLayer;
};

/// The options of image::openImageWriter().
image::WriteOptions writeOptions(LayerCompression compression, bool tlsVerify, const Settings& settings,
                                 const CancelToken& cancel);

/// Whether an output is an image, like "oci:x", and not the path of a layer, like "a/b:c.tar". True for any
/// lower-case prefix: "docker:x" is more likely a mistake than a path.
bool namesImage(const std::string& output);

/// The image names in the form in which they are written. Throws Error{Usage} for invalid ones.
std::vector<std::string> checkedNames(const std::vector<std::string>& names);
/// The same for names without a tag; their tag becomes the first 32 digits of the config's digest. Throws
/// Error{Usage} for a name that has one.
std::vector<std::string> namesByDigest(const std::vector<std::string>& names, const Digest& config);
/// Notes which of the given names checkedNames() has changed to lower case, as dockerTools of nixpkgs does.
void noteLowerCase(const std::vector<std::string>& given, const std::vector<std::string>& names,
                   Observer& observer);

} // namespace rootlayer::builder
