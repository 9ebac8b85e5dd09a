#pragma once

#include <string>
#include <vector>

#include "base/json.hh"
#include "image/image_draft.hh"

namespace rootlayer::image {

/// The entries of index.json for an image's manifest: one for each of its names, with the annotations that
/// containerd, podman and skopeo use, or one without a name. `tag` is an additional name of which only the
/// tag is known; empty: none. No tag occurs twice.
std::vector<oci::Descriptor> indexEntries(const oci::Descriptor& manifest,
                                          const std::vector<std::string>& names, const std::string& tag);

/// An index.json without entries.
Json emptyIndex();

/// Adds entries to an index.json. An existing entry is removed if it has the same name, or if it is the same
/// image without a name. An entry with another name but the same tag loses the tag. All else is kept.
void putEntries(Json& index, const std::vector<oci::Descriptor>& entries, const std::string& what);

/// The file oci-layout (OCI image-layout.md).
inline constexpr const char* kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";

} // namespace rootlayer::image
