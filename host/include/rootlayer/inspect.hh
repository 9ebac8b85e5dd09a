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

/// A name that a layer adds to the tree below it, changes there, or removes from it.
struct LayerChange {
    enum class Kind { Added, Changed, Removed };
    Kind kind = Kind::Added;
    std::string path;        ///< bytes, to be quoted where people read it; of what is removed the top alone
    std::uint64_t names = 1; ///< of what is removed, with all that is below
    std::uint64_t bytes = 0; ///< of files; of a file with several names once
};

/// What a layer does to the tree below it, in sum. A directory whose time alone is another is no change.
struct LayerChanges {
    std::uint64_t added = 0; ///< names, as are the other two
    std::uint64_t addedBytes = 0;
    std::uint64_t changed = 0;
    std::uint64_t changedBytes = 0; ///< as they are now
    std::uint64_t removed = 0;
    std::uint64_t removedBytes = 0;
    std::vector<LayerChange> list; ///< if it was asked for
};

struct LayerInfo {
    std::string diffId;                  ///< of the tar
    std::string digest;                  ///< of the bytes as they are stored; empty when nobody says
    std::string compression;             ///< "none", "gzip", "zstd", "xz", "bzip2"
    std::uint64_t storedBytes = 0;       ///< as they are stored
    std::optional<std::uint64_t> bytes;  ///< of the tar; unknown until a compressed one is read
    std::optional<LayerChanges> changes; ///< if it was read
};

/// One step in the making of an image, as its maker tells it.
struct HistoryInfo {
    std::string created;
    std::string createdBy;
    std::string author;
    std::string comment;
    std::optional<std::size_t>
        layer; ///< the place in ImageInfo::layers of what it made; none for a change of config
};

struct HealthcheckInfo {
    std::vector<std::string> test;
    std::chrono::nanoseconds interval{0}; ///< 0: whoever runs it decides, as with the others
    std::chrono::nanoseconds timeout{0};
    std::chrono::nanoseconds startPeriod{0};
    std::int64_t retries = 0;
};

/// An image, as its documents tell it. All texts are somebody else's: escape them where people read them.
struct ImageInfo {
    std::vector<std::string> names; ///< "alpine:3.10", or a layout's tag
    std::string manifestDigest;     ///< empty where there is none
    std::string configDigest;       ///< empty where there is none
    std::string platform;           ///< "linux/amd64"
    std::string created;
    std::string author;

    std::vector<std::string> env;
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::vector<std::string> shell;
    std::string user;
    std::string workdir;
    std::string stopSignal;
    std::vector<std::string> ports;
    std::vector<std::string> volumes;
    std::map<std::string, std::string> labels;
    std::optional<HealthcheckInfo> healthcheck;

    std::vector<LayerInfo> layers; ///< bottom first
    std::vector<HistoryInfo> history;
};

struct InspectOptions {
    std::string platform = "linux/amd64"; ///< which image, where there are several; any, not only a machine's
    bool tlsVerify = true;                ///< of docker://; false: also without TLS, and with any certificate
    bool readLayers = false;              ///< reads and checks all layers, for their sizes and changes
    bool listChanges = false;             ///< the names too; with readLayers
};

/// Reads an image's documents (`image` as RunSpec::from takes it), and its layers if that is asked for.
/// Throws Error.
ROOTLAYER_API ImageInfo inspect(const std::string& image, const Settings& settings,
                                const InspectOptions& options = {}, const CancelToken& cancel = {});

} // namespace rootlayer
