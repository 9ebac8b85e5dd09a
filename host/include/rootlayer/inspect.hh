#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/cancel.hh>
#include <rootlayer/settings.hh>

namespace rootlayer {

/// A path that a layer adds, changes or removes in the tree of the layers below it.
struct LayerChange {
    /// What happens to the path.
    enum class Kind { Added, Changed, Removed };
    Kind kind = Kind::Added; ///< what happens to the path
    /// Arbitrary bytes, to be escaped before they are shown. A removed directory is listed alone, without
    /// what was in it.
    std::string path;
    /// Number of names: for a removed directory with everything in it, else 1.
    std::uint64_t names = 1;
    /// Size of regular files; a file with several names counts once.
    std::uint64_t bytes = 0;
};

/// The changes that a layer makes to the tree of the layers below it, in numbers of names and bytes of
/// regular files. A directory of which only the mtime changes is not counted.
struct LayerChanges {
    std::uint64_t added = 0;        ///< names
    std::uint64_t addedBytes = 0;   ///< of files
    std::uint64_t changed = 0;      ///< names
    std::uint64_t changedBytes = 0; ///< size after the change
    std::uint64_t removed = 0;      ///< names, with everything in removed directories
    std::uint64_t removedBytes = 0; ///< of files, before the change
    std::vector<LayerChange> list;  ///< only with InspectOptions::listChanges
};

/// A layer of an image.
struct LayerInfo {
    std::string diffId;                  ///< digest of the uncompressed tar, "sha256:..."
    std::string digest;                  ///< digest of the stored bytes, "sha256:..."; empty if unknown
    std::string compression;             ///< "none", "gzip", "zstd", "xz" or "bzip2"
    std::uint64_t storedBytes = 0;       ///< size as stored
    std::optional<std::uint64_t> bytes;  ///< size of the tar; absent for a compressed one that was not read
    std::optional<LayerChanges> changes; ///< only with InspectOptions::readLayers
};

/// One history entry of an image config. Empty text means that the entry does not have it.
struct HistoryInfo {
    std::string created;   ///< RFC 3339, not checked
    std::string createdBy; ///< the command that made the layer
    std::string author;    ///< of this step
    std::string comment;   ///< on this step
    /// Index in ImageInfo::layers of the layer that this step made; absent if it changed only the config.
    std::optional<std::size_t> layer;
};

/// A health check as in an image config. 0 means that the container runtime uses its default.
struct HealthcheckInfo {
    std::vector<std::string> test;        ///< {"CMD", "prog", ...}, {"CMD-SHELL", "command line"}, {"NONE"}
    std::chrono::nanoseconds interval{0}; ///< between two checks
    std::chrono::nanoseconds timeout{0};  ///< of a check
    std::chrono::nanoseconds startPeriod{0}; ///< in which failures do not count
    std::int64_t retries = 0;                ///< failures in a row that make a container unhealthy
};

/// An image, as its documents describe it. All text is untrusted: escape it before it is shown. Empty fields
/// are those that the config does not have.
struct ImageInfo {
    std::vector<std::string> names; ///< "alpine:3.10", or the tag in an OCI layout
    std::string manifestDigest;     ///< "sha256:..."; empty if there is no manifest
    std::string configDigest;       ///< the image ID, "sha256:..."; empty if there is no config
    std::string platform;           ///< "linux/amd64"
    std::string created;            ///< RFC 3339, not checked
    std::string author;             ///< of the image

    std::vector<std::string> env;               ///< "KEY=VALUE"
    std::vector<std::string> entrypoint;        ///< the config's Entrypoint
    std::vector<std::string> command;           ///< the config's Cmd
    std::vector<std::string> shell;             ///< the config's Shell
    std::string user;                           ///< the config's User: "name|uid[:group|gid]"
    std::string workdir;                        ///< the config's WorkingDir
    std::string stopSignal;                     ///< the config's StopSignal: "SIGTERM"
    std::vector<std::string> ports;             ///< "80/tcp"
    std::vector<std::string> volumes;           ///< paths in a container
    std::map<std::string, std::string> labels;  ///< values by key
    std::optional<HealthcheckInfo> healthcheck; ///< absent: the config has none

    std::vector<LayerInfo> layers;    ///< bottom first
    std::vector<HistoryInfo> history; ///< oldest first
};

/// How inspect() reads the image.
struct InspectOptions {
    /// Which image of several for different platforms, "os/architecture[/variant]".
    std::string platform = "linux/amd64";
    /// Requires registries to have a valid TLS certificate. False: any certificate will do, and plain HTTP.
    bool tlsVerify = true;
    /// Reads and verifies all layers, for their sizes and changes.
    bool readLayers = false;
    /// Lists the changed paths too; needs readLayers.
    bool listChanges = false;
};

/// Reads the documents of an image, given as in RunSpec::from, and, if asked for, its layers. Throws Error.
ROOTLAYER_API ImageInfo inspect(const std::string& image, const Settings& settings,
                                const InspectOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
