#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// One rule that a layer or an image breaks.
struct Deviation {
    std::uint64_t layer = 0; ///< of an image, bottom first from 1; 0: its documents, or the layer is alone
    std::uint64_t entry = 0; ///< of the layer, from 1; 0: the layer as a whole
    std::string name;        ///< of the entry; bytes, to be quoted where people read it
    std::string rule;        ///< "T3", by docs/rules.md
    std::string message;     ///< for people; safe to print
};

/// What verify() looked at.
struct Verification {
    bool image = false;               ///< an image, or a layer
    std::uint64_t layers = 0;         ///< that were read
    std::uint64_t entries = 0;        ///< of all of them; 0 where they were only hashed
    std::uint64_t deviations = 0;     ///< reported
    std::vector<std::string> diffIds; ///< of what was read, bottom first
};

struct VerifyOptions {
    std::string platform = "linux/amd64"; ///< which image of several
    bool layersToo = false;               ///< hold an image's layers against the rules of our layers as well
    bool tlsVerify = true;                ///< of registries
};

/// Holds a layer tar (a file's path, plain or compressed) against the rules of canonical layers, or an image
/// (a reference as RunSpec::from takes it) against those of images: documents, digests, sizes, diff_ids. A
/// name without a colon, or that a file has, is a layer's. Reports every deviation as it is found; none for
/// a layer that rootlayer made. Throws Error for what cannot be read at all: Input, Usage, Cancelled, System;
/// Image for a layer whose compression is damaged.
ROOTLAYER_API Verification verify(const std::string& layerOrImage, const Settings& settings,
                                  const std::function<void(const Deviation&)>& report,
                                  const VerifyOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
