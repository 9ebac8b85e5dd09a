#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/build_result.hh>
#include <rootlayer/build_spec.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

struct CopyResult;

/// Images to be copied unchanged: pulled, pushed, or merged into one archive.
struct CopySpec {
    /// The images, in the forms of RunSpec::from. Several go into one output.
    std::vector<std::string> images;
    /// Which image of several for different platforms, "os/architecture[/variant]".
    std::string platform = "linux/amd64";
    /// As in BuildSpec.
    bool tlsVerify = true;

    /// The output, in the forms of BuildSpec::outputs, except for a bare layer.
    std::string output;
    /// Replaces the image's names; Error{Usage} with several images. Empty: keep the names, except for bare
    /// tags of an OCI layout.
    std::vector<std::string> names;
    /// As in BuildSpec.
    LayerCompression compression = LayerCompression::None;
    /// The digest that the written archive must have, "sha256:..."; Error{Image} otherwise. Empty: any.
    std::string expectedFile;
    /// As in BuildSpec.
    std::function<void(const CopyResult&)> beforePublishing;
};

/// A copied image.
struct CopiedImage {
    /// "sha256:...", at the destination: the source's, unless its layers had to be compressed or
    /// decompressed.
    std::string manifestDigest;
    /// The image ID, "sha256:...": the same as at the source.
    std::string configDigest;
    /// Digest of the source's manifest, "sha256:..."; empty if it has none.
    std::string sourceDigest;
    /// As written at the destination.
    std::vector<std::string> names;
    /// Number of layers.
    std::uint64_t layers = 0;
    /// Size of all layers as stored at the destination.
    std::uint64_t bytes = 0;
};

/// The result of a copy.
struct CopyResult {
    std::vector<CopiedImage> images; ///< in the order of CopySpec::images
    std::string fileDigest;          ///< "sha256:...", of a written archive; empty for other outputs
};

/// Copies images. Everything is verified while it is read, and configs are copied byte for byte. The output
/// appears complete, or not at all. Calls the observer in this thread. Throws Error.
ROOTLAYER_API CopyResult copyImages(const CopySpec& spec, const Settings& settings, Observer& observer,
                                    const CancelToken& cancel = {});

} // namespace rootlayer
