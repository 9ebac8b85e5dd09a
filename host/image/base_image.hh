#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>

#include "base/digest.hh"
#include "base/stream.hh"
#include "layer/openable_layer.hh"
#include "oci/image_config.hh"
#include "oci/platform.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// One layer of a base. open() checks the blob's size and digest (where they are known), the diff_id, the
/// size limit, and that nothing follows the end of the compressed stream.
struct BaseLayer : layer::OpenableLayer {
    /// The bytes as they are stored (compressed or not), checked in the same way when their digest is known.
    std::function<std::unique_ptr<Source>()> openStored;
    Digest storedDigest = {}; ///< of the bytes as they are stored; empty when nobody says
};

/// An image's documents as they were read; empty where there is none.
struct Documents {
    std::string manifest;
    std::string config;
};

/// What a machine is started on. Its files stay open as long as it lives, or any of its layers' open().
class BaseImage {
  public:
    virtual ~BaseImage() = default;
    virtual const oci::ImageConfig& config() const = 0;
    /// Bottom first; as many as the config has diff_ids.
    virtual const std::vector<BaseLayer>& layers() const = 0;
    /// Of the documents as they were read; empty where there is none.
    virtual const Digest& manifestDigest() const = 0;
    virtual const Digest& configDigest() const = 0;
    virtual const Documents& documents() const = 0;
    /// What it is called where it is kept: "alpine:3.10", or a layout's tag; may be none, or several.
    virtual const std::vector<std::string>& names() const = 0;
};

/// What is read of an image at most, in bytes, uncompressed.
struct OpenLimits {
    std::uint64_t layer = std::uint64_t{64} << 30U;
    std::uint64_t archive = std::uint64_t{64} << 30U;
};

/// How registries are asked.
struct Transport {
    bool tlsVerify = true; ///< false: also without TLS, and with any certificate
    /// A registry that sends nothing for this long is given up.
    std::chrono::milliseconds timeout = std::chrono::minutes(2);
};

/// Where images are worked on.
struct Workspace {
    /// A compressed or piped archive is unpacked here, into one nameless file that is gone with the image.
    std::string directory = "/tmp";
    /// DigestCache's directory, for tar:; empty: none.
    std::string digestCache;
    int standardInput = -1; ///< descriptor that a FILE "-" is read from; not owned; -1: none
};

/// How an image is opened. builder/open_base.hh makes these from the settings.
struct OpenOptions {
    oci::Platform platform; ///< the image must be for this one
    OpenLimits limits;
    Transport transport;
    Workspace workspace;
    CancelToken cancel;
    Observer* observer = nullptr; ///< is sent the progress of a download; may be null
};

/// Opens a base. Reads its documents and checks all that can be checked without reading layers; dir: and tar:
/// are read once, for their diff_id; docker:// is fetched whole; disk: belongs to builder/open_base.hh.
/// Throws Error{Input} for a file that is missing, Error{Image} for one that is not what it should be,
/// Error{Platform}, and Error{Usage} when the reference does not name one image.
std::unique_ptr<BaseImage> openBase(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image
