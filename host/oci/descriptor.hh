#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/digest.hh"
#include "base/json.hh"
#include "oci/platform.hh"

namespace rootlayer::oci {

/// What points at a blob (OCI descriptor.md).
struct Descriptor {
    std::string mediaType;
    Digest digest;
    std::uint64_t size = 0;
    std::map<std::string, std::string> annotations;
    std::optional<Platform> platform; ///< in an index only

    /// Throws Error{Image} naming `what` ("index.json: manifest 2").
    static Descriptor parse(const Json& json, const std::string& what);
    /// In a fixed order, empty fields left out.
    Json json() const;
    /// Empty when there is none.
    std::string annotation(const std::string& name) const;

    friend bool operator==(const Descriptor&, const Descriptor&) = default;
};

inline constexpr const char* kRefName = "org.opencontainers.image.ref.name";
/// Docker's and containerd's full name of an image: "docker.io/library/alpine:3.10".
inline constexpr const char* kImageName = "io.containerd.image.name";

} // namespace rootlayer::oci
