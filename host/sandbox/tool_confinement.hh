#pragma once

#include <string>
#include <vector>

#include "sandbox/confinement.hh"

namespace rootlayer::sandbox {

/// Allows what a program needs to start, wherever it is installed: its own prefix, libraries, and what
/// libraries read. Nothing of a user, and no secret of the host. `program` is a path.
void allowSystem(Landlock& files, const std::string& program);

/// For a program that reads hostile data and writes files: mke2fs and tar2sqfs. It can change what is below
/// the paths `changed`, which exist, and nothing else. `maxFile` is the largest file that it can write, in
/// bytes.
Confinement toolConfinement(const std::string& program, const std::vector<std::string>& changed,
                            rlim_t maxFile = RLIM_INFINITY);

} // namespace rootlayer::sandbox
