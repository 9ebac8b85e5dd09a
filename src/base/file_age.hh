#pragma once

#include <sys/stat.h>

namespace rootlayer {

/// Would a change from now on be visible in the file's times? Not within the clock tick of the last change:
/// some milliseconds, or two seconds on a file system without sub-second times.
bool isSettled(const struct stat& status);

/// Waits until isSettled(), if that takes only milliseconds.
void settle(int fd);

} // namespace rootlayer
