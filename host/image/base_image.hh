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

/// One layer of a base. The source of open() checks the blob's size and digest (if they are known), the
/// diff_id, the size limit, and that no data follows the compressed stream.
struct BaseLayer : layer::OpenableLayer {
    /// Opens the bytes as they are stored, compressed or not. Checks them if their digest is known.
    std::function<std::unique_ptr<Source>()> openStored;
    Digest storedDigest = {}; ///< of the stored bytes; empty if unknown
};

/// The documents of an image, byte for byte; empty if there is none.
struct Documents {
    std::string manifest;
    std::string config;
};

/// An opened base image. Its files stay open as long as the object or any of its layers' open() functions
/// exists.
class BaseImage {
  public:
    virtual ~BaseImage() = default;
    virtual const oci::ImageConfig& config() const = 0;
    /// Bottom first, one for each diff_id of the config.
    virtual const std::vector<BaseLayer>& layers() const = 0;
    /// Digests of documents(); empty if there is none.
    virtual const Digest& manifestDigest() const = 0;
    virtual const Digest& configDigest() const = 0;
    virtual const Documents& documents() const = 0;
    /// Its names where it is stored: "alpine:3.10", or a layout's tag. May be none or several.
    virtual const std::vector<std::string>& names() const = 0;
};

/// The limits for reading an image, in uncompressed bytes.
struct OpenLimits {
    std::uint64_t layer = std::uint64_t{64} << 30U;
    std::uint64_t archive = std::uint64_t{64} << 30U;
};

/// How registries are accessed.
struct Transport {
    bool tlsVerify = true; ///< false: any certificate is accepted, and plain HTTP
    /// Time without data after which a download fails.
    std::chrono::milliseconds timeout = std::chrono::minutes(2);
};

/// Where images are unpacked.
struct Workspace {
    /// For a nameless file, into which a compressed or piped archive is unpacked and which lives as long as
    /// the image.
    std::string directory = "/tmp";
    /// The directory of the DigestCache, for tar:. Empty: none.
    std::string digestCache;
    int standardInput = -1; ///< descriptor for the FILE "-"; not owned; -1: none
};

/// How an image is opened. builder/open_base.cc creates these from the settings.
struct OpenOptions {
    oci::Platform platform; ///< the image must be for this one
    OpenLimits limits;
    Transport transport;
    Workspace workspace;
    CancelToken cancel;
    Observer* observer = nullptr; ///< receives the progress of downloads; not owned; may be null
};

/// Opens a base. Reads its documents and checks all that can be checked without reading layers. dir: and tar:
/// are read once for their diff_id, docker:// is downloaded completely. disk: is not supported, see
/// builder/open_base.hh. Throws Error{Input} if a file is missing, Error{Image} if one is invalid,
/// Error{Platform} if the image is for another platform, and Error{Usage} if the reference does not name
/// exactly one image.
std::unique_ptr<BaseImage> openBase(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image
