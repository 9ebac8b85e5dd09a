#pragma once

#include <string>
#include <vector>

#include "base/json.hh"
#include "image/image_draft.hh"

namespace rootlayer::image {

/// The entries of index.json that point at an image's manifest: one for each of its names, with the
/// annotations that containerd, podman and skopeo look for, or one without a name. `tag` is one more name, of
/// which only the tag is known; empty: none. No tag stands twice.
std::vector<oci::Descriptor> indexEntries(const oci::Descriptor& manifest,
                                          const std::vector<std::string>& names, const std::string& tag);

/// An index.json of nothing.
Json emptyIndex();

/// Puts entries into an index.json, of which all else is kept as it is. An entry of the same name goes, and
/// so does the same image without a name; of another name with the same tag the tag goes.
void putEntries(Json& index, const std::vector<oci::Descriptor>& entries, const std::string& what);

/// The file oci-layout (OCI image-layout.md).
inline constexpr const char* kLayoutFile = R"({"imageLayoutVersion":"1.0.0"})";

} // namespace rootlayer::image
