#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/digest.hh"
#include "base/json.hh"
#include "oci/platform.hh"

namespace rootlayer::oci {

/// Refers to a blob (OCI descriptor.md).
struct Descriptor {
    std::string mediaType;
    Digest digest;
    std::uint64_t size = 0;
    std::map<std::string, std::string> annotations;
    std::optional<Platform> platform; ///< in an index only

    /// Throws Error{Image} naming `what` ("index.json: manifest 2").
    static Descriptor parse(const Json& json, const std::string& what);
    /// The fields in a fixed order, without empty ones.
    Json json() const;
    /// Empty if absent.
    std::string annotation(const std::string& name) const;

    friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
/// The full image name that Docker and containerd use: "docker.io/library/alpine:3.10".
inline constexpr const char* kImageName = "io.containerd.image.name";

} // namespace rootlayer::oci
