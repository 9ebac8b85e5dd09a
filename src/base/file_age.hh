#pragma once

#include <sys/stat.h>

namespace rootlayer {

/// Would a change that comes from now on show in the file's times? Not within the tick of the clock in which
/// it was changed last: some milliseconds, or two seconds where the file system knows no fractions of them.
bool isSettled(const struct stat& status);

/// Waits until it would, if that is a matter of milliseconds.
void settle(int fd);

} // namespace rootlayer
