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

/// What to make of which image.
struct ExportSpec {
    std::string image;                    ///< as RunSpec::from takes it
    std::string platform = "linux/amd64"; ///< which image, where there are several; any, not only a machine's
    bool tlsVerify = true;                ///< of docker://; false: also without TLS, and with any certificate

    /// Where the tar goes: it appears whole under this name, or not at all. Empty: nowhere, only its digest
    /// is wanted.
    std::string output;
    /// Writes the tar to this descriptor (not owned) instead; on failure it ends in the middle. -1: none.
    int outputFd = -1;
    /// Unpacks the tar into this directory instead, which must be new or empty, as root alone; its mode stays
    /// 0700.
    std::string outputDirectory;
    /// Makes a VM's disk of it instead, one ext4 file system, through libguestfs: qcow2 where the name ends
    /// in
    /// ".qcow2", else raw. It appears whole under this name, or not at all. Its tree is the tar's, but for
    /// POSIX ACLs; its bytes differ from time to time.
    std::string outputDisk;
    std::uint64_t diskSize = 0; ///< bytes, of the disk; 0: what the tree needs, and some room
    /// As in BuildSpec.
    std::function<void(const ExportResult&)> beforePublishing;
};

struct ExportResult {
    std::string digest;        ///< "sha256:...", of the tar
    std::uint64_t bytes = 0;   ///< of the tar
    std::uint64_t entries = 0; ///< of the tar
};

/// Writes the tree that the layers of an image make together as one canonical tar (docs/layer-format.md): the
/// same image gives the same bytes, and a layer on scratch. Needs no machine and no root, and unpacks
/// nothing; file data goes through a nameless file in the temporary directory. The root directory itself has
/// no entry. Throws Error.
ROOTLAYER_API ExportResult exportImage(const ExportSpec& spec, const Settings& settings, Observer& observer,
                                       const CancelToken& cancel = {});

} // namespace rootlayer
