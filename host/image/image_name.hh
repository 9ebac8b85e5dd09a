#pragma once

#include <string>
#include <string_view>

namespace rootlayer::image {

/// The full image name as Docker completes it: "alpine" gives "docker.io/library/alpine:latest". The name is
/// not checked.
std::string fullImageName(std::string_view name);

/// Checks a name for an image that is written, "[HOST[:PORT]/]PATH[:TAG]" (distribution's reference grammar).
/// Returns it with the path in lower case and with the tag ":latest" if it has none. Throws Error{Usage} with
/// the allowed form.
std::string checkedImageName(std::string_view name);

/// Whether a name has a tag; it is not checked.
bool hasTag(std::string_view name);

/// The text after the last colon of a checked name.
std::string_view tagOf(std::string_view checkedName);

/// Throws Error{Usage} unless `tag` is valid: at most 128 of [A-Za-z0-9_.-], not starting with . or -.
void requireTag(std::string_view tag);

} // namespace rootlayer::image
