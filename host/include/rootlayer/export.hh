#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/event.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

struct ExportResult;

/// An image, and what to write of it. If several outputs are set, a disk comes before a directory, a
/// descriptor and a file.
struct ExportSpec {
    /// The image, in the forms of RunSpec::from.
    std::string image;
    /// Which image of several for different platforms, "os/architecture[/variant]".
    std::string platform = "linux/amd64";
    /// Requires registries to have a valid TLS certificate. False: any certificate will do, and plain HTTP.
    bool tlsVerify = true;

    /// Path of the tar, which appears complete, or not at all. Empty: write none, and only compute the
    /// digest.
    std::string output;
    /// Writes the tar to this descriptor, which stays the caller's, instead of a path. After a failure the
    /// tar is incomplete. -1: none.
    int outputFd = -1;
    /// Unpacks the tar into this directory instead, which must be new or empty. Needs root. The directory's
    /// mode is 0700. Empty: none.
    std::string outputDirectory;
    /// Writes a VM disk with one ext4 file system to this path instead, by means of libguestfs: qcow2 if the
    /// path ends in ".qcow2", else raw. It appears complete, or not at all. Has the tar's tree, except for
    /// POSIX ACLs; the bytes differ from run to run. Empty: none.
    std::string outputDisk;
    /// Size of the disk in bytes. 0: what the tree needs, plus some room.
    std::uint64_t diskSize = 0;
    /// As in BuildSpec.
    std::function<void(const ExportResult&)> beforePublishing;
};

/// The result of an export. All fields are those of the tar, also if it was unpacked or became a disk.
struct ExportResult {
    std::string digest;        ///< "sha256:..."
    std::uint64_t bytes = 0;   ///< size of the tar
    std::uint64_t entries = 0; ///< number of entries in the tar
};

/// Writes the tree of all layers of an image as one canonical tar (docs/layer-format.md). The same image
/// gives the same bytes, and the tar is a layer on scratch. It has no entry for the root directory. Needs no
/// machine and no root, and unpacks nothing, except for outputDirectory and outputDisk; file data passes
/// through an unnamed file in Settings::temporaryDirectory. Calls the observer in this thread. Throws Error.
ROOTLAYER_API ExportResult exportImage(const ExportSpec& spec, const Settings& settings, Observer& observer,
                                       const CancelToken& cancel = {});

} // namespace rootlayer
