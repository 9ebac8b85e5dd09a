#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/cancel.hh>

#include "base/process.hh"

namespace rootlayer::images {

/// A package of Debian's that is fetched by apt-get, without root: what users are told of it, and what they
/// can do without it.
struct DebianPackage {
    std::string meta;        ///< the package that depends on the newest: "linux-image-cloud-amd64"
    std::string prefix;      ///< of the newest's name: "linux-image-"
    std::string what;        ///< "kernel"
    std::string alternative; ///< "or give a kernel and its modules with --kernel and --modules"
};

/// The package that the meta package needs, with its version: "linux-image-6.1.0-56-cloud-amd64=6.1.192-2".
/// Throws Error{Machine} that says what to do where there is no apt, or it does not know the package.
std::string newestPackage(const DebianPackage& wanted, const CancelToken* cancel = nullptr);

/// Fetches such a package into `directory` and unpacks it there; returns the directory with what it holds.
/// Throws Error{Machine}, Error{Timeout} when the mirror hangs.
std::string fetchPackage(const DebianPackage& wanted, const std::string& package,
                         const std::string& directory, const CancelToken* cancel = nullptr);

/// The path of the one file of a directory with such a name. Throws Error{Machine} when there is none.
std::string onlyFile(const DebianPackage& wanted, const std::string& directory, std::string_view prefix,
                     std::string_view suffix);

/// The same out of what `apt-cache show` printed of the meta package. Empty when there is none.
std::string packageIn(const std::string& aptCacheOutput, std::string_view prefix);

} // namespace rootlayer::images
