#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/run_result.hh>

namespace rootlayer {

/// A layer of an image that was written.
struct BuiltLayer {
    std::string diffId;     ///< "sha256:...", of the plain tar
    std::string digest;     ///< of the bytes as they are stored
    std::string mediaType;  ///< OCI's
    std::uint64_t size = 0; ///< of the bytes as they are stored
    bool isNew = false;     ///< not the base's
};

/// An image in one of its places.
struct BuiltOutput {
    std::string reference;      ///< as it was given
    std::string manifestDigest; ///< what `docker pull NAME@...` takes
    std::vector<BuiltLayer> layers;
};

/// What a build gives. There is an image only when the script, if any, ended with 0.
struct BuildResult {
    RunResult run;                  ///< of the script; the phases are those of the whole build
    std::string configDigest;       ///< the image's ID; the same in all places
    std::string config;             ///< the image's config, as JSON
    std::string baseManifestDigest; ///< empty where the base has none
    std::string baseConfigDigest;
    std::string scriptDigest;         ///< empty without a script
    std::string contentsDiffId;       ///< of the layer of the contents; empty without any
    std::vector<std::string> names;   ///< as they were written
    std::vector<BuiltOutput> outputs; ///< images; bare layers have none
};

} // namespace rootlayer
