#pragma once

#include <string>
#include <vector>

#include <rootlayer/api.hh>

namespace rootlayer {

/// One line of a lock file: which image was pulled, and what came of it.
struct LockLine {
    std::string name;       ///< "docker.io/library/alpine:3.10"
    std::string digest;     ///< of its manifest, "sha256:..."
    std::string fileDigest; ///< of the archive that was written

    std::string str() const { return name + " " + digest + " " + fileDigest; }
};

/// `text` is that of the lock file `file`: lines of three words; blank ones, and those that begin with #, are
/// left out. Throws Error{Input} that names the file and the line.
ROOTLAYER_API std::vector<LockLine> parseLock(const std::string& text, const std::string& file);

/// The line for a name (in its full form), or the only one when the name is empty. Throws Error{Input}.
ROOTLAYER_API LockLine lockedLine(const std::vector<LockLine>& lines, const std::string& name,
                                  const std::string& file);

} // namespace rootlayer
