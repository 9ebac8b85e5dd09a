#pragma once

#include <string>
#include <vector>

#include "oci/image_config.hh"

namespace rootlayer::image {

/// A layer in the format of Docker before 1.10, in which every layer is an image with a parent. It is a
/// directory ID with the files VERSION, json and layer.tar.
struct LegacyLayer {
    std::string id; ///< 64 hex digits; the same for the same layers, and for the topmost one the same config
    std::string json; ///< the topmost layer's holds the image's config
};

inline constexpr std::string_view kLegacyVersion = "1.0"; ///< the content of VERSION
inline constexpr std::string_view kRepositoriesName = "repositories";

/// Bottom first; as many as the config has diff_ids.
std::vector<LegacyLayer> legacyLayers(const oci::ImageConfig& config);

/// A name in the file `repositories`.
struct LegacyName {
    std::string name; ///< "NAME:TAG"
    std::string id;   ///< of the topmost layer
};

/// The file `repositories`, sorted by name; of several names that are the same the last counts.
std::string legacyRepositories(const std::vector<LegacyName>& names);

} // namespace rootlayer::image
