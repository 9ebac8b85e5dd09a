#pragma once

#include <string>

#include <rootlayer/build_spec.hh>

#include "oci/image_config.hh"

namespace rootlayer::builder {

/// Puts the changes into a config ([I2]): all else stays as the base has it. Throws Error{Usage} that names
/// the change that makes no sense.
void editConfig(oci::ImageConfig& config, const ImageChanges& changes);

/// "KEY=VALUE" pairs as a map; throws Error{Usage} naming `what` for others.
std::map<std::string, std::string> pairsOf(const std::vector<std::string>& pairs, std::string_view what);

/// What in --config-json no tool knows, a sentence each: most likely slips.
std::vector<std::string> doubtfulFields(const std::string& configJson);

/// RFC 3339 in UTC, as image configs have it: "1970-01-01T00:00:00Z".
std::string timestamp(std::int64_t seconds);

} // namespace rootlayer::builder
