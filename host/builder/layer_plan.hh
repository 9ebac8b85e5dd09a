#pragma once

#include <string>
#include <vector>

#include <rootlayer/layer_plan.hh>

namespace rootlayer::builder {

/// A path of a closure. Paths are absolute and canonical: "/opt/app".
struct ClosurePath {
    std::string path;
    std::vector<std::string> references; ///< paths of the same closure
};

/// Divides the paths into at most `most` layers, bottom first. If there are more paths than layers, the most
/// popular ones (popularity.hh) have a layer each, and the others share the last one. Paths that are equally
/// popular are in the order of their names; the hash in front of a Nix name counts last. Depends on the set
/// of paths only, not on the order in which it is given. `most` must be at least 1 if there is a path.
std::vector<PlannedLayer> dividePaths(const std::vector<ClosurePath>& closure, std::size_t most);

/// Whether a path is that of a Nix store, ".../HASH-NAME" with a hash of 32 characters.
bool isStorePath(std::string_view path);

} // namespace rootlayer::builder
