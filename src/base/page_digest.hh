#pragma once

#include <rootlayer/cancel.hh>

#include "base/digest.hh"

namespace rootlayer {

/// The digest of a sparse file, such as a machine's memory: of each non-zero page of 4096 bytes and its page
/// number. Holes are skipped, so the time depends on the data, and a copy has the same digest even if its
/// holes are written out as zeros. The file size is not part of the digest. Throws Error{System} naming
/// `what`. `cancel` may be null.
Digest pageDigest(int fd, const std::string& what, const CancelToken* cancel = nullptr);

} // namespace rootlayer
