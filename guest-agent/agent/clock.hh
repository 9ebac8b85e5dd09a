#pragma once

#include <cstdint>
#include <string_view>

namespace rootlayer::guest {

/// Sets the clock to nanoseconds since the epoch, or to the earliest time that Linux takes; 0 leaves it.
/// Throws Error{System}.
void setClock(std::int64_t nanoseconds);

/// Gives the kernel's random pool bytes that nobody else has (a machine restored from a template has the pool
/// of all its siblings), and makes it use them at once. At most 512; none: nothing is done. Throws
/// Error{Protocol}, Error{System}.
void addEntropy(std::string_view bytes);

} // namespace rootlayer::guest
