#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/process.hh"

namespace rootlayer::images {

/// A Debian package that apt-get fetches, without root, and the words for messages about it.
struct DebianPackage {
    std::string meta;        ///< the package that depends on the newest one: "linux-image-cloud-amd64"
    std::string prefix;      ///< of the name of the newest one: "linux-image-"
    std::string what;        ///< in messages: "kernel"
    std::string alternative; ///< in hints: "or give a kernel and its modules with --kernel and --modules"
};

/// The package that the meta package depends on, with its version:
/// "linux-image-6.1.0-56-cloud-amd64=6.1.192-2". Throws Error{Machine} with a hint if there is no apt or it
/// does not know the package.
std::string newestPackage(const DebianPackage& wanted, const CancelToken* cancel = nullptr);

/// Downloads a package into `directory` and unpacks it there; returns the directory with its contents. Throws
/// Error{Machine}, or Error{Timeout} if the mirror hangs.
std::string fetchPackage(const DebianPackage& wanted, const std::string& package,
                         const std::string& directory, const CancelToken* cancel = nullptr);

/// What the package that was fetched into `directory` depends on, as apt-get takes it: "NAME=VERSION" or
/// "NAME", and of alternatives the first. Throws Error if dpkg-deb cannot say.
std::vector<std::string> dependenciesOf(const DebianPackage& wanted, const std::string& directory,
                                        const CancelToken* cancel = nullptr);

/// The path of the file in a directory whose name has this prefix and suffix; there should be one. Throws
/// Error{Machine} if there is none.
std::string onlyFile(const DebianPackage& wanted, const std::string& directory, std::string_view prefix,
                     std::string_view suffix);

/// Like newestPackage(), but parses the output of `apt-cache show` for the meta package. Empty if there is
/// none.
std::string packageIn(const std::string& aptCacheOutput, std::string_view prefix);

/// Like dependenciesOf(), but parses the value of a Depends field.
std::vector<std::string> dependenciesIn(std::string_view field);

} // namespace rootlayer::images
