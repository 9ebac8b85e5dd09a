#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <rootlayer/run_result.hh>

namespace rootlayer {

/// A layer of an image that was written.
struct BuiltLayer {
    std::string diffId;     ///< digest of the uncompressed tar, "sha256:..."
    std::string digest;     ///< digest of the stored bytes, "sha256:..."
    std::string mediaType;  ///< of the stored bytes, as in the manifest
    std::uint64_t size = 0; ///< bytes as stored
    bool isNew = false;     ///< made by this build; false: taken from the base
};

/// An image at one of the places it was written to.
struct BuiltOutput {
    std::string reference;          ///< as given in BuildSpec::outputs
    std::string manifestDigest;     ///< "sha256:..."; the image can be pinned by it
    std::vector<BuiltLayer> layers; ///< bottom first
};

/// What a preset added.
struct AddedPreset {
    std::string preset;             ///< as given in BuildSpec::presets
    std::vector<std::string> paths; ///< absolute; empty if all were there
};

/// The result of a build. There is an image only if the script, if any, ended with status 0.
struct BuildResult {
    RunResult run;                  ///< of the script; its phases are those of the whole build
    std::string configDigest;       ///< the image ID, "sha256:...", the same in all outputs; empty: no image
    std::string config;             ///< the image's config, JSON; empty: no image
    std::string baseManifestDigest; ///< "sha256:..."; empty if the base has no manifest
    std::string baseConfigDigest;   ///< "sha256:..."; empty if the base has no config
    std::string scriptDigest;       ///< of the script's bytes, "sha256:..."; empty without a script
    std::string beforeDigest;       ///< the same for RunSpec::before
    std::string afterDigest;        ///< the same for RunSpec::after
    std::string contentsDiffId;     ///< diff_id of the layer of BuildSpec::contents; empty without contents
    std::vector<AddedPreset> presets; ///< as many as BuildSpec::presets
    std::vector<std::string> names;   ///< as written: lower case, with a tag
    std::vector<BuiltOutput> outputs; ///< one per image that was written; a bare layer has none
};

} // namespace rootlayer
