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

/// A container's health check, as in an image config. A value of 0 leaves the field out, so that the
/// container runtime uses its default.
struct HealthCheck {
    /// {"CMD", "prog", ...}, {"CMD-SHELL", "command line"} or {"NONE"}. Empty: keep the base's check, and
    /// change the fields below that are not 0; Error{Usage} if the base has none.
    std::vector<std::string> test;
    /// Time between two checks.
    std::chrono::nanoseconds interval{0};
    /// Time after which a check has failed.
    std::chrono::nanoseconds timeout{0};
    /// Time after the start of the container in which failures do not count.
    std::chrono::nanoseconds startPeriod{0};
    /// Number of failures in a row that make the container unhealthy.
    unsigned retries = 0;
};

/// Changes to the base's image config. An absent value or an empty list leaves the base's as it is. A value
/// that makes no sense is an Error{Usage}.
struct ImageChanges {
    /// Entrypoint. Without a new `cmd` the base's Cmd is removed, as by docker build.
    std::optional<std::vector<std::string>> entrypoint;
    /// Cmd: the arguments of the entrypoint, or the command if there is none.
    std::optional<std::vector<std::string>> cmd;
    /// "KEY=VALUE", added to the base's Env; replaces variables of the same name. The script sees them too.
    std::vector<std::string> env;
    /// User: "name|uid[:group|gid]". The script does not run as this user; see RunSpec::user.
    std::optional<std::string> user;
    /// WorkingDir, an absolute path; the script starts in it unless RunSpec::workdir is set.
    std::optional<std::string> workdir;
    /// "KEY=VALUE", added to the base's labels.
    std::vector<std::string> labels;
    /// Added to the base's ports: "80", "53/udp", "8000-8010/tcp". Protocols are tcp, udp and sctp.
    std::vector<std::string> expose;
    /// Absolute paths, added to the base's volumes.
    std::vector<std::string> volumes;
    /// A signal's name or number: "SIGTERM", "15", "SIGRTMIN+3".
    std::optional<std::string> stopSignal;
    /// Replaces or changes the base's health check.
    std::optional<HealthCheck> healthCheck;
    /// Author of the image, and of its new history entries.
    std::optional<std::string> author;
    /// "KEY=VALUE" annotations of the manifest.
    std::vector<std::string> annotations;
    /// Comment of the new history entries; empty: none.
    std::string comment;
    /// Seconds since 1970, for "created" of the image and of its new history entries. Absent:
    /// RunSpec::sourceDateEpoch, else 0.
    std::optional<std::int64_t> created;
    /// A JSON object with fields of the OCI image's "config" ("Env", "Cmd", ...), each of which replaces the
    /// base's before the changes above are made. Empty: none.
    std::string configJson;
};

/// What becomes of a symbolic link to a directory in a directory of contents.
enum class DirectoryLinks {
    /// Becomes the directory, as by `rsync -k`, if it leads to a directory inside the same source; stays a
    /// link if it leads out of it, because the host's other files are no input.
    Copy,
    /// Becomes the directory wherever that is.
    Follow,
    /// Stays a link, as by `rsync -K`.
    Keep,
};

/// Files of the host that are added to the base before the script runs.
struct Contents {
    /// A directory, whose content is copied; a regular file; or an archive, which is unpacked. A tarball is
    /// known by its name: .tar, .tar.gz, .tgz, .tar.xz, .tar.zst, .tar.bz2. `format` is for other archives.
    std::string source;
    /// An absolute path. A file gets this name, or goes into this directory if the path ends in a slash.
    /// Empty: the root directory.
    std::string destination;
    /// Owner of the entries, at most 4294967294. Absent: 0, or the archive's own.
    std::optional<std::uint32_t> uid;
    /// Group of the entries, at most 4294967294. Absent: 0, or the archive's own.
    std::optional<std::uint32_t> gid;
    /// Mode of regular files, the low 12 bits. Absent: their own.
    std::optional<std::uint32_t> mode;
    /// False: an archive is copied like any other file.
    bool unpack = true;
    /// "tar", "zip", "cpio", "7z", "deb", "rpm" or "apk": the file is such an archive, whatever its name is.
    /// "name": it is one if its name ends in .zip, .cpio, .7z, .deb, .rpm, .apk or as that of a tarball.
    /// "auto": its content says which one. Empty: only a tarball is an archive. docs/contents.md says what
    /// each format lacks.
    std::string format = {};
    /// Links to directories in a directory; those in an archive stay links.
    DirectoryLinks directoryLinks = DirectoryLinks::Keep;
    /// Directories and files replace the symbolic links to directories that the base and earlier contents
    /// have in their way, instead of going through them.
    bool replaceLinks = false;
};

/// Paths of the host that refer to one another, such as packages and the libraries that they need. They
/// become layers below those of the contents (docs/layered.md).
struct Closure {
    /// A JSON file with the paths and their references, also as Nix writes it. Empty: no closure.
    std::string file;
    /// The directory of the host that the paths are below. "/opt/app" in the graph is this path in the image.
    std::string root = "/";

    /// Paths of a Nix store, instead of a file: the closure is they and all paths that they need, as
    /// nix-store of the host knows it.
    std::vector<std::string> nixPaths;
    /// With `nixPaths` adds to the contents the database of a Nix store that has these paths, and roots that
    /// keep them from being collected.
    bool nixDatabase = false;

    /// Whether there is a closure.
    bool exists() const { return !file.empty() || !nixPaths.empty(); }
};

/// How layers are compressed. None leaves plain layers plain.
enum class LayerCompression { None, Gzip, Zstd };

/// A build: a base, files and a script that change it, the config of the image, and the outputs.
struct BuildSpec {
    /// The base, the script and its machine. Without a script (RunSpec::hasScripts()) no machine is started,
    /// and the platform may be any. `env`, `workdir` and `user` apply to the script only.
    RunSpec run;
    /// Files that become one layer below the script's, later contents over earlier ones. Directories that the
    /// base has keep its attributes, and the base's symbolic links to directories are followed. A file that
    /// changes while it is read is an error. Mtimes become that of the files that a script creates (RunSpec),
    /// unless keepTimes is set; those in an archive are kept, up to sourceDateEpoch.
    std::vector<Contents> contents;
    /// Small files that many images need, added to the layer of `contents`, each only where it is absent:
    /// "shadow" (passwd, group, shadow, gshadow, login.defs, pam.d/other), "nss" (passwd, group,
    /// nsswitch.conf), "sh" (/bin/sh), "env" (/usr/bin/env), "ca-certificates". "sh" and "env" are the host's
    /// static busybox, so only for its platform; "sh=FILE", "env=FILE" and "ca-certificates=FILE" take a
    /// file.
    std::vector<std::string> presets;
    /// Paths that become layers of their own, or one layer; see `layered`.
    Closure closure;
    /// Gives the most popular paths of the closure a layer each. False: all of them share one layer.
    bool layered = false;
    /// With `layered` the most layers of the image, those of the base included: 2 to 500.
    unsigned maxLayers = 100;
    /// Changes to the base's config.
    ImageChanges changes;
    /// Writes an image with one layer, which holds the tree of all layers.
    bool squash = false;
    /// The outputs: "docker-archive:FILE[:NAME:TAG]", "oci:DIR[:TAG]", "oci-archive:FILE[:TAG]" or
    /// "docker://NAME[:TAG]" for the image, a path for the layer alone. All files appear, or none; what was
    /// pushed to a registry stays there.
    std::vector<std::string> outputs;
    /// Names of the image, "[HOST/]NAME[:TAG]". Upper case in NAME becomes lower case, a missing tag
    /// "latest".
    std::vector<std::string> names;
    /// The tag of each of `names`, which then have none, is the first 32 digits of the config's digest: the
    /// same image has the same tag.
    bool tagByDigest = false;
    /// Adds the files that Docker before 1.10 reads to each "docker-archive:": `repositories`, and a
    /// directory with VERSION, json and layer.tar for each layer.
    bool legacyV1 = false;
    /// Compression of plain layers in "oci:", "oci-archive:" and registries; for registries None means gzip.
    /// A docker-archive has plain layers, and is compressed as a whole.
    LayerCompression compression = LayerCompression::None;
    /// Requires registries, of the base and of the outputs, to have a valid TLS certificate. False: any
    /// certificate will do, and plain HTTP.
    bool tlsVerify = true;
    /// A file for an in-toto statement of provenance (docs/provenance.md), written together with the outputs.
    /// Empty: none.
    std::string provenanceFile;
    /// A file for the image ID (the digest of its config), written together with the outputs. Empty: none.
    std::string iidFile;
    /// Called once everything is written, and pushed to registries, before any file gets its name: for what
    /// has to be delivered together with the outputs. If it throws, no file appears. Not called if the script
    /// failed. Empty: none.
    std::function<void(const BuildResult&)> beforePublishing;
};

/// A file that is written, and the option that names it in messages.
struct NamedFile {
    std::string option; ///< such as "--output"
    std::string path;   ///< of the file
};

/// Throws Error{Usage} if two files are the same one: those that the build writes, and `others`, which the
/// caller writes. Otherwise the later would silently replace the earlier. Devices and pipes may occur several
/// times. Builder::build() checks the build's own files.
ROOTLAYER_API void requireDistinctFiles(const BuildSpec& spec, const std::vector<NamedFile>& others = {});

} // namespace rootlayer
