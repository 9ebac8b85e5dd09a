#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hh"

namespace rootlayer::oci {

/// Where an image is kept.
enum class ReferenceKind { Scratch, DockerArchive, OciLayout, OciArchive, Directory, Tar, Disk, Registry };

/// The argument of --from, one of
///
///     docker-archive:FILE[:NAME:TAG][@sha256:..]
///     oci:DIR[:TAG][@sha256:..]
///     oci-archive:FILE[:TAG][@sha256:..]
///     dir:ROOTFS
///     tar:ROOTFS.tar
///     disk:FILE
///     docker://NAME[:TAG|@sha256:..]
///     scratch
///
/// As in skopeo, the first colon after the prefix ends FILE; dir, tar and disk take the rest literally. FILE
/// may be "-" for stdin where a single file is expected.
struct Reference {
    ReferenceKind kind = ReferenceKind::Scratch;
    /// File or directory; the repository's name for Registry; empty for Scratch.
    std::string path;
    /// NAME:TAG or TAG; empty: the only image there is.
    std::string selector;
    /// The digest that the image must have.
    std::optional<Digest> digest;

    /// Throws Error{Usage} with a hint that lists the forms, or suggests a prefix for a bare path.
    static Reference parse(std::string_view text);
    /// The inverse.
    std::string str() const;

    friend bool operator==(const Reference&, const Reference&) = default;
};

} // namespace rootlayer::oci
