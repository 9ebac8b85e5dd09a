#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/unique_fd.hh"

/// Paths inside a root that may be hostile: resolved by openat2(2) with RESOLVE_IN_ROOT, so that no symlink
/// leads out.
namespace rootlayer::guest {

/// nullopt when there is nothing of that name, or no way to it; throws Error{System} for the rest.
std::optional<UniqueFd> openInRoot(int root, const std::string& path, int flags);

/// What a regular file holds; nullopt when there is none (a fifo, a device or a directory is none). Throws
/// Error{Resource} when it is larger than `limit` bytes.
std::optional<std::string> readInRoot(int root, const std::string& path, std::uint64_t limit);

/// Is there a regular file that somebody may execute?
bool isProgramInRoot(int root, const std::string& path);

/// What a name at the top of the root is, for people: `/tmp is a symbolic link to "srv"`.
std::string describeInRoot(int root, const std::string& name);

/// A path that leads to what the descriptor stands for, in calls that take no descriptor. Needs /proc.
std::string descriptorPath(int fd);

} // namespace rootlayer::guest
