#pragma once

#include <memory>
#include <string>

#include <rootlayer/cancel.hh>

#include "base/stream.hh"

namespace rootlayer::builder {

/// Starts bsdtar, confined, which reads an archive and gives it as a tar. The archive has been checked to
/// begin as one of the formats that are wanted. It is read twice: what bsdtar converts it does not
/// compare with checksums. The last read throws Error{Input} with bsdtar's message if it is damaged.
/// Throws Error{System} if bsdtar is not installed. `directory` exists.
std::unique_ptr<Source> convertedArchive(const std::string& path, const std::string& directory,
                                         CancelToken cancel);

} // namespace rootlayer::builder
