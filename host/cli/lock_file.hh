#pragma once

#include <string>
#include <vector>

namespace rootlayer::cli {

/// One line of a lock file: which image was pulled, and what came of it.
struct LockLine {
    std::string name;       ///< "docker.io/library/alpine:3.10"
    std::string digest;     ///< of its manifest, "sha256:..."
    std::string fileDigest; ///< of the archive that was written

    std::string str() const { return name + " " + digest + " " + fileDigest; }
};

/// Lines of three words; blank ones, and those that begin with #, are left out. Throws Error{Input} that
/// names the file and the line.
std::vector<LockLine> readLock(const std::string& text, const std::string& file);

/// The line for a name (in its full form), or the only one when the name is empty. Throws Error{Input}.
LockLine lockedLine(const std::vector<LockLine>& lines, const std::string& name, const std::string& file);

} // namespace rootlayer::cli
