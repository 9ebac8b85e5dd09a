#pragma once

#include <cstdint>
#include <string>

#include <rootlayer/build_spec.hh>

#include "oci/image_config.hh"

namespace rootlayer::builder {

/// Applies the changes to a config. Other fields stay as they are (rule I2). Throws Error{Usage} naming the
/// option of an invalid change.
void editConfig(oci::ImageConfig& config, const ImageChanges& changes);

/// Converts "KEY=VALUE" pairs to a map. Throws Error{Usage} naming the option `what` for anything else.
std::map<std::string, std::string> pairsOf(const std::vector<std::string>& pairs, std::string_view what);

/// Warnings about fields of --config-json that no tool knows, which are probably mistakes. One sentence for
/// each.
std::vector<std::string> doubtfulFields(const std::string& configJson);

/// RFC 3339 in UTC, as image configs have it: "1970-01-01T00:00:00Z".
std::string timestamp(std::int64_t seconds);

} // namespace rootlayer::builder
