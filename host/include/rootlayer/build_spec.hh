#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rootlayer/api.hh>
#include <rootlayer/build_result.hh>
#include <rootlayer/run_spec.hh>

namespace rootlayer {

/// How a container says that it is well (OCI config.md has it from docker). Times of 0 are docker's defaults.
struct HealthCheck {
    /// {"CMD", "prog", ...}, {"CMD-SHELL", "line"}, or {"NONE"}. Empty: the base's check, of which what is
    /// not 0 below is changed.
    std::vector<std::string> test;
    std::chrono::nanoseconds interval{0};
    std::chrono::nanoseconds timeout{0};
    std::chrono::nanoseconds startPeriod{0};
    unsigned retries = 0;
};

/// What an image's config shall say, over what the base's says. What is absent stays as the base has it.
struct ImageChanges {
    /// Without a new cmd, the base's Cmd goes with its Entrypoint, as docker build has it.
    std::optional<std::vector<std::string>> entrypoint;
    std::optional<std::vector<std::string>> cmd;
    std::vector<std::string> env; ///< "KEY=VALUE"; the script sees them too
    std::optional<std::string> user;
    std::optional<std::string> workdir; ///< absolute; the script starts in it
    std::vector<std::string> labels;    ///< "KEY=VALUE"
    std::vector<std::string> expose;    ///< "80", "53/udp", "8000-8010/tcp"
    std::vector<std::string> volumes;   ///< absolute paths
    std::optional<std::string> stopSignal;
    std::optional<HealthCheck> healthCheck;
    std::optional<std::string> author;
    std::vector<std::string> annotations; ///< "KEY=VALUE", of the manifest
    std::string comment;                  ///< of the new layer, in the history
    /// Seconds since 1970, for "created" and the history. When absent: the run's sourceDateEpoch, else 0.
    std::optional<std::int64_t> created;
    /// A JSON object with fields of OCI's "config" ("Env", "Cmd", ...), each put in the base's place before
    /// the changes above; empty: none.
    std::string configJson;
};

/// Files from the host, put on the base before the script runs.
struct Contents {
    /// A directory, a file, or a tarball (by its name: .tar, .tar.gz, .tgz, .tar.xz, .tar.zst, .tar.bz2),
    /// which is unpacked. Of a directory what is in it is put into the destination.
    std::string source;
    /// Absolute. A file goes to this name, or into it when it ends in a slash; empty: into the root.
    std::string destination;
    std::optional<std::uint32_t> uid; ///< absent: 0, or the tarball's own
    std::optional<std::uint32_t> gid;
    std::optional<std::uint32_t> mode; ///< of files, the low 12 bits; absent: their own
    bool unpack = true;                ///< false: a tarball is a file like others
};

/// None leaves layers plain.
enum class LayerCompression { None, Gzip, Zstd };

/// One image: a base, what a script changes on it, and what its config says.
struct BuildSpec {
    /// The base, the script and its machine. Without a script (ScriptSpec::exists()) no machine is started,
    /// and the platform may be any. `env`, `workdir` and `user` are the script's alone.
    RunSpec run;
    /// One layer under the script's. Directories that the base has keep its attributes, and links of the base
    /// to directories are followed, as `rsync -k` does. Times become those of what a script makes (RunSpec),
    /// but a tarball's own stay unless they are later than sourceDateEpoch.
    std::vector<Contents> contents;
    ImageChanges changes;
    bool squash = false; ///< the image has one layer, with the tree of all
    /// Where it goes: "docker-archive:FILE[:NAME:TAG]", "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]", or the
    /// path of a bare layer tar. All appear, or none.
    std::vector<std::string> outputs;
    std::vector<std::string> names; ///< "[HOST/]NAME[:TAG]"; upper case in NAME becomes lower case
    /// Of oci: and oci-archive: layers that are not compressed yet; a docker-archive is compressed as a
    /// whole.
    LayerCompression compression = LayerCompression::None;
    bool tlsVerify = true; ///< of registries, for base and outputs
    std::string
        provenanceFile;  ///< gets an in-toto statement (docs/provenance.md) with the outputs; empty: none
    std::string iidFile; ///< gets the config's digest, together with the outputs; empty: none
    /// Called once all is made, before a file gets its name (registries have the image by then): for what has
    /// to be delivered with the outputs. When it throws, no file appears. Not called for a script that
    /// failed.
    std::function<void(const BuildResult&)> beforePublishing;
};

/// A file that is written, and the option that names it.
struct NamedFile {
    std::string option;
    std::string path;
};

/// Throws Error{Usage} when two of the files that a build writes, or that its caller writes beside them, are
/// one file: the later would replace the earlier in silence. Devices and pipes may be named several times.
/// Builder::build() checks its own.
ROOTLAYER_API void requireDistinctFiles(const BuildSpec& spec, const std::vector<NamedFile>& others = {});

} // namespace rootlayer
