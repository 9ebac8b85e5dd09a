#pragma once

#include <string>
#include <vector>

#include "base/process.hh"
#include "sandbox/confinement.hh"

namespace rootlayer::sandbox {

/// Allows what a program needs to start, wherever it is installed: its own prefix, libraries, and what
/// libraries read. Nothing of a user, and no secret of the host. `program` is a path.
void allowSystem(Landlock& files, const std::string& program);

/// For a program that reads hostile data and writes files: mke2fs and tar2sqfs. It can change what is below
/// the paths `changed`, which exist, and nothing else.
Confinement toolConfinement(const std::string& program, const std::vector<std::string>& changed);

/// Confines the command's program so.
void confineTool(Command& command, const std::vector<std::string>& changed);

} // namespace rootlayer::sandbox
