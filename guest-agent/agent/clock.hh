#pragma once

#include <cstdint>
#include <string_view>

namespace rootlayer::guest {

/// Sets the clock to nanoseconds since the epoch, or to the earliest time that Linux accepts; 0 leaves it
/// unchanged. Throws Error{System}.
void setClock(std::int64_t nanoseconds);

/// Adds bytes to the kernel's random pool and makes the kernel use them at once. A machine restored from a
/// template starts with the same pool as its siblings, so it needs bytes of its own. At most 512 bytes; if
/// there are none, nothing is done. Throws Error{Protocol} or Error{System}.
void addEntropy(std::string_view bytes);

} // namespace rootlayer::guest
