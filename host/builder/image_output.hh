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

/// The places of a build's images, and its new layer on the way to them.
class ImageOutput final {
  public:
    /// Opens all, and refuses now what cannot be written. Outputs that name no image are left out.
    ImageOutput(const BuildSpec& spec, const Settings& settings, Observer& observer,
                const CancelToken& cancel);
    ~ImageOutput();

    bool empty() const { return m_places.empty(); }
    /// What the new layer must be written into: one sink for each form in which the places want it.
    std::vector<Sink*> layerSinks();
    /// The new layer is whole.
    void finishLayer(const Digest& diffId);
    /// The new layer, to be put on the base's. Of no use before finishLayer().
    image::BaseLayer newLayer() const;

    /// Writes the image everywhere. `newLayers` of the layers are not the base's.
    std::vector<BuiltOutput> write(const oci::ImageConfig& config,
                                   const std::vector<image::BaseLayer>& layers, std::size_t newLayers,
                                   const ImageChanges& changes);
    void prepare();
    /// What can fail comes before commit(): a file needs only a new name.
    void push();
    void commit();

  private:
    struct Place {
        std::string reference;
        std::unique_ptr<image::ImageWriter> writer;
        bool isRegistry() const { return reference.starts_with("docker://"); }
    };
    /// The new layer, plain or packed, as it comes.
    struct Packing;

    std::vector<Place> m_places;
    std::vector<std::unique_ptr<Packing>> m_packings;
    std::vector<std::string> m_names;
    image::LayerBlobs m_blobs;
    CancelToken m_cancel;
    image::BaseLayer m_newLayer;
};

/// The options of image::openImageWriter(), filled in nowhere else.
image::WriteOptions writeOptions(LayerCompression compression, bool tlsVerify, const Settings& settings,
                                 const CancelToken& cancel);

/// "oci:x" is an image, "a/b:c.tar" the path of a bare layer; "docker:x" is most likely a slip.
bool namesImage(const std::string& output);

/// The names as they are written; throws Error{Usage} for what cannot be one.
std::vector<std::string> checkedNames(const std::vector<std::string>& names);
/// Tells which of the names that were given have become lower case in checkedNames(), as in dockerTools.
void noteLowerCase(const std::vector<std::string>& given, const std::vector<std::string>& names,
                   Observer& observer);

} // namespace rootlayer::builder
