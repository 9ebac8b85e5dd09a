#pragma once

#include "base/digest.hh"

namespace rootlayer {

/// The digest of a file of which little is in use, such as a machine's memory: of its pages of 4096 bytes
/// that are not zero, each with its number. Holes are skipped, so that this takes as long as what is in the
/// file, and a copy has the same digest whether its zeros are holes or not. The size is not part of it.
/// Throws Error{System} naming `what`.
Digest pageDigest(int fd, const std::string& what);

} // namespace rootlayer
