#pragma once

#include <string>
#include <string_view>

namespace rootlayer::oci {

/// What an image runs on, in Go's terms (OCI image-index.md, "platform").
struct Platform {
    std::string os = "linux";
    std::string architecture = "amd64";
    std::string variant; ///< "v7", "v8"; empty: any

    /// "linux/arm64", "linux/arm/v7".
    std::string str() const;
    /// The inverse; "amd64" alone means linux/amd64. Throws Error{Usage} for names that are not Go's.
    static Platform parse(std::string_view text);

    friend bool operator==(const Platform&, const Platform&) = default;
};

/// Whether an image for `offered` can be used where `wanted` is asked for. Variants are compared only if both
/// have one; arm64's v8 is the same as none.
bool matches(const Platform& offered, const Platform& wanted);

} // namespace rootlayer::oci
