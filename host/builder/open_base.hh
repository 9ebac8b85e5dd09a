#pragma once

#include <memory>
#include <string>

#include <rootlayer/settings.hh>

#include "image/base_image.hh"

namespace rootlayer::builder {

/// How a library call wants an image to be opened.
struct OpenRequest {
    oci::Platform platform;
    bool tlsVerify = true;
    bool useDigestCache = false; ///< for the diff_ids of tar: bases
    CancelToken cancel;
    Observer* observer = nullptr; ///< may be null
};

/// Like image::openBase(), but also supports disk:, which gives the files of a VM disk as one layer.
/// `reference` has the syntax of RunSpec::from.
std::unique_ptr<image::BaseImage> openBase(const std::string& reference, const OpenRequest& request,
                                           const Settings& settings);

} // namespace rootlayer::builder
