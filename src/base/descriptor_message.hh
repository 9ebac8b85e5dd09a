#pragma once

#include <string_view>

#include "base/unique_fd.hh"

namespace rootlayer {

/// Sends bytes over a connected unix socket, and a descriptor with them unless it is -1 (SCM_RIGHTS). Does
/// not block. False with errno unless all was sent. Async-signal-safe.
bool sendWithDescriptor(int socket, std::string_view bytes, int descriptor) noexcept;

/// The descriptor that came with one byte; invalid if nothing has arrived. Does not block.
UniqueFd receiveDescriptor(int socket);

} // namespace rootlayer
