#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// A violation of one rule by a layer or an image.
struct Deviation {
    /// Number of the layer in an image, from 1, bottom first. 0: the image's documents, or a layer on its
    /// own.
    std::uint64_t layer = 0;
    /// Number of the entry in the layer, from 1. 0: the layer as a whole.
    std::uint64_t entry = 0;
    /// Name of the entry: arbitrary bytes, to be escaped before they are shown.
    std::string name;
    /// The rule in docs/rules.md, such as "T3".
    std::string rule;
    /// What is wrong, for people; printable.
    std::string message;
};

/// What verify() read and found.
struct Verification {
    bool image = false;               ///< an image; false: a layer
    std::uint64_t layers = 0;         ///< number of layers read
    std::uint64_t entries = 0;        ///< entries of all layers; 0 for layers that were only hashed
    std::uint64_t deviations = 0;     ///< number of deviations reported
    std::vector<std::string> diffIds; ///< of the layers that could be read to their end, bottom first
};

/// How verify() reads an image.
struct VerifyOptions {
    /// Which image of several for different platforms, "os/architecture[/variant]".
    std::string platform = "linux/amd64";
    /// Checks an image's layers against the rules of layers too, not only their digests.
    bool layersToo = false;
    /// Requires registries to have a valid TLS certificate. False: any certificate will do, and plain HTTP.
    bool tlsVerify = true;
};

/// Checks a layer against the rules of canonical layers, or an image against those of images: documents,
/// digests, sizes, diff_ids. A layer is the path of a tar, plain or compressed; an image is given as in
/// RunSpec::from. A name without a colon, or of an existing file, is a layer. Reports every deviation as it
/// is found, in this thread; a layer that rootlayer made has none. Throws Error if something cannot be read:
/// Input, Usage, Cancelled, System, or Image for a layer whose compression is damaged.
ROOTLAYER_API Verification verify(const std::string& layerOrImage, const Settings& settings,
                                  const std::function<void(const Deviation&)>& report,
                                  const VerifyOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
