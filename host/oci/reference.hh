#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/digest.hh"

namespace rootlayer::oci {

/// Where an image is kept.
enum class ReferenceKind { Scratch, DockerArchive, OciLayout, OciArchive, Directory, Tar, Disk, Registry };

/// What --from takes:
///   docker-archive:FILE[:NAME:TAG][@sha256:..]   oci:DIR[:TAG][@sha256:..]
///   oci-archive:FILE[:TAG][@sha256:..] dir:ROOTFS   tar:ROOTFS.tar   disk:FILE
///   docker://NAME[:TAG|@sha256:..]   scratch
/// As skopeo has it, the first colon after the prefix ends FILE; dir, tar and disk take the rest as it is.
/// FILE may be
/// "-", for stdin, where a single file is wanted.
struct Reference {
    ReferenceKind kind = ReferenceKind::Scratch;
    std::string path;     ///< file or directory; the repository's name for Registry; empty for Scratch
    std::string selector; ///< NAME:TAG or TAG; empty: the only image there is
    std::optional<Digest> digest; ///< the image must be this one

    /// Throws Error{Usage} with a hint that lists the forms, or names the prefix that a bare path lacks.
    static Reference parse(std::string_view text);
    /// The inverse.
    std::string str() const;

    friend bool operator==(const Reference&, const Reference&) = default;
};

} // namespace rootlayer::oci
