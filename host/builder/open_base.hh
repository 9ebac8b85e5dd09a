#pragma once

#include <memory>
#include <string>

#include <rootlayer/settings.hh>

#include "image/base_image.hh"

namespace rootlayer::builder {

/// What a call of the library says of an image that it reads.
struct OpenRequest {
    oci::Platform platform;
    bool tlsVerify = true;
    bool useDigestCache = false; ///< for the digests of tar: bases, which are in the cache
    CancelToken cancel;
    Observer* observer = nullptr; ///< may be null
};

/// As image::openBase(), with disk: as well: a VM disk's files as one layer. `reference` is what
/// RunSpec::from takes.
std::unique_ptr<image::BaseImage> openBase(const std::string& reference, const OpenRequest& request,
                                           const Settings& settings);

} // namespace rootlayer::builder
