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
#include "oci/image_config.hh"
#include "oci/platform.hh"
#include "oci/reference.hh"

namespace rootlayer::image {

/// One layer of a base, verified by whoever reads it: at its end, read() throws Error{Image} instead of
/// returning 0 when the bytes are not what the digests say. So nothing that was read counts before the end
/// has been seen.
struct BaseLayer {
    Digest diffId; ///< of the uncompressed tar
    /// Bytes as they are stored: the tar's own size unless it is compressed.
    std::uint64_t sizeHint = 0;
    /// The uncompressed tar, as it is: foreign, not validated. Checks the blob's size and digest (where they
    /// are known), the diff_id, the size limit, and that nothing follows the end of the compressed stream.
    /// Can be called again.
    std::function<std::unique_ptr<Source>()> open;
    /// The bytes as they are stored (compressed or not), checked in the same way when their digest is known.
    std::function<std::unique_ptr<Source>()> openStored;
    Digest storedDigest = {}; ///< of the bytes as they are stored; empty when nobody says
    /// Somebody else says what the diff_id is, and has been found right at open()'s end. That of a tar: is
    /// only what the file itself gave.
    bool vouched = true;
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

/// What does not depend on the image.
struct OpenOptions {
    oci::Platform platform; ///< the image must be for this one
    /// Where a compressed or piped archive is unpacked into one nameless file, gone with the image.
    std::string temporaryDirectory = "/tmp";
    std::string digestCache;                               ///< DigestCache's directory, for tar:
    std::uint64_t layerLimit = std::uint64_t{64} << 30U;   ///< bytes, uncompressed, a layer
    std::uint64_t archiveLimit = std::uint64_t{64} << 30U; ///< bytes, uncompressed, of an archive
    bool tlsVerify = true; ///< of registries; false: also without TLS, and with any certificate
    /// A registry that sends nothing for so long is given up.
    std::chrono::milliseconds registryTimeout = std::chrono::minutes(2);
    CancelToken cancel;
    Observer* observer = nullptr; ///< is told how many bytes were fetched; may be null
};

/// Opens a base. Reads its documents and checks all that can be checked without reading layers; dir: and tar:
/// are read once, for their diff_id; docker:// is fetched whole; disk: belongs to build/open_base.hh. Throws
/// Error{Input} for a file that is missing, Error{Image} for one that is not what it should be,
/// Error{Platform}, and Error{Usage} when the reference does not name one image.
std::unique_ptr<BaseImage> openBase(const oci::Reference& reference, const OpenOptions& options);

} // namespace rootlayer::image
