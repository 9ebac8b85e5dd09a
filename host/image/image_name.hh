#pragma once

#include <string>
#include <string_view>

namespace rootlayer::image {

/// The full form of an image's name, as Docker completes it: "alpine" is "docker.io/library/alpine:latest".
/// Anything else that is no name comes back as it is.
std::string fullImageName(std::string_view name);

/// A name for an image that is written (distribution's reference grammar): "[HOST[:PORT]/]PATH[:TAG]", as it
/// is but for upper case in the path, which becomes lower case, and a missing tag, which becomes ":latest".
/// Throws Error{Usage} that says what is allowed.
std::string checkedImageName(std::string_view name);

/// What stands behind the last colon of a checked name.
std::string_view tagOf(std::string_view checkedName);

/// Throws Error{Usage} unless it can be a tag: at most 128 of [A-Za-z0-9_.-], not beginning with . or -.
void requireTag(std::string_view tag);

} // namespace rootlayer::image
