#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.hh"

/// Paths inside a root that may be hostile. openat2(2) with RESOLVE_IN_ROOT resolves them, so that no symlink
/// leads out of the root.
namespace rootlayer::guest {

/// Opens a path; nullopt if it does not exist or cannot be reached. Throws Error{System} for other errors.
std::optional<UniqueFd> openInRoot(int root, const std::string& path, int flags);

/// The content of a regular file; nullopt if there is none (a fifo, device or directory does not count).
/// Throws Error{Resource} if it is larger than `limit` bytes.
std::optional<std::string> readInRoot(int root, const std::string& path, std::uint64_t limit);

/// Is it a regular file with an execute bit?
bool isProgramInRoot(int root, const std::string& path);

/// Describes a name at the top of the root, for messages: `/tmp is a symbolic link to "srv"`.
std::string describeInRoot(int root, const std::string& name);

/// A path to the file of a descriptor, for calls that take no descriptor. Needs /proc.
std::string descriptorPath(int fd);

} // namespace rootlayer::guest
