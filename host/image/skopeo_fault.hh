#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

namespace rootlayer::image {

/// What skopeo's stderr says of its failure with an image ("docker://NAME:TAG"), as an error that says what
/// to try: no such image, no registry, a login, certificates, a policy, a lie about a digest.
Error skopeoFault(const std::string& image, std::string_view said);

/// The same, or nothing for words that are not known.
std::optional<Error> knownSkopeoFault(const std::string& image, std::string_view said);

/// The registry's host in an image's name, Docker's own where it has none: "127.0.0.1:5000", "docker.io".
std::string registryHost(std::string_view name);

} // namespace rootlayer::image
