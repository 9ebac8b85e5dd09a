#pragma once

#include <string>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// One line of a lock file: an image that was pulled, and the archive it was written to.
struct LockLine {
    std::string name;       ///< in its full form: "docker.io/library/alpine:3.10"
    std::string digest;     ///< of the image's manifest, "sha256:..."
    std::string fileDigest; ///< of the written archive, "sha256:..."

    /// The line, without a line end.
    std::string str() const { return name + " " + digest + " " + fileDigest; }
};

/// Parses the text of a lock file: lines of three words. Blank lines, and those that begin with "#", are
/// skipped. `file` names it in errors. Throws Error{Input} with the file and the line.
ROOTLAYER_API std::vector<LockLine> parseLock(const std::string& text, const std::string& file);

/// Finds the line for a name in its full form; an empty name stands for the only line. `file` names the lock
/// file in errors. Throws Error{Input} if there is no such line.
ROOTLAYER_API LockLine lockedLine(const std::vector<LockLine>& lines, const std::string& name,
                                  const std::string& file);

} // namespace rootlayer
