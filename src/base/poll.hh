#pragma once

#include <span>

#include <poll.h>

namespace rootlayer {

/// poll(2). Returns the number of descriptors that are ready, 0 also after a signal. Throws if it fails, so
/// that nobody waits again and again for what poll cannot see. Milliseconds as in poll(2).
int pollFiles(std::span<pollfd> files, int milliseconds);

} // namespace rootlayer
