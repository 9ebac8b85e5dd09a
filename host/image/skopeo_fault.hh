#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::image {

/// Turns skopeo's stderr `said` about an image ("docker://NAME:TAG") into an error with a hint: no such
/// image, no registry, a missing login, certificates, a policy, a wrong digest.
Error skopeoFault(const std::string& image, std::string_view said);

/// The same, but nullopt for unknown failures.
std::optional<Error> knownSkopeoFault(const std::string& image, std::string_view said);

/// The registry's host in an image's name: "127.0.0.1:5000". "docker.io" if the name has none.
std::string registryHost(std::string_view name);

} // namespace rootlayer::image
