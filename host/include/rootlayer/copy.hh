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

/// Images that are passed on as they are: pulled, pushed, put into one archive.
struct CopySpec {
    std::vector<std::string> images;      ///< as RunSpec::from takes them; several go into one output
    std::string platform = "linux/amd64"; ///< which image, where there are several
    bool tlsVerify = true;                ///< of registries; false: also without TLS, with any certificate

    std::string output;             ///< as BuildSpec::outputs has them, but for bare layers
    std::vector<std::string> names; ///< instead of the image's own; with one image only
    LayerCompression compression = LayerCompression::None; ///< as in BuildSpec
    /// The file that comes of it must have this digest ("sha256:..."); empty: any.
    std::string expectedFile;
    /// As in BuildSpec.
    std::function<void(const CopyResult&)> beforePublishing;
};

struct CopiedImage {
    std::string manifestDigest; ///< in its new place: the old one, unless its layers had to change their form
    std::string configDigest;   ///< the image's ID: always the old one
    std::string sourceDigest;   ///< of the manifest where it came from; empty where there is none
    std::vector<std::string> names;
    std::uint64_t layers = 0;
    std::uint64_t bytes = 0; ///< of the layers as they are stored
};

struct CopyResult {
    std::vector<CopiedImage> images;
    std::string fileDigest; ///< of an archive; empty for other places
};

/// Copies images. All is checked while it is read, and the configs stay as they are, byte for byte. The
/// output appears whole, or not at all. Throws Error.
ROOTLAYER_API CopyResult copyImages(const CopySpec& spec, const Settings& settings, Observer& observer,
                                    const CancelToken& cancel = {});

} // namespace rootlayer
