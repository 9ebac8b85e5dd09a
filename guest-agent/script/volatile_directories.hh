#pragma once

#include <functional>

#include "protocol/messages.hh"

namespace rootlayer::guest {

/// Mounts what becomes the script's /run and /dev, as tmpfs at /v/run and /v/dev, and fills /v/dev. They are
/// the agent's own, and not only the script's, so that they can be looked at when the script is gone.
void mountVolatileDirectories();

/// How many names the script left in its /tmp, /run and /dev, which are not packed (none of what is mounted
/// in them, such as /dev/shm), and the first of them in the first of these directories. Stops at a million,
/// and does not count what is deeper than 64 directories. Then /v/run and /v/dev are taken away. `tick` is
/// called for every name.
protocol::Tally countLeftInVolatileDirectories(const std::function<void()>& tick);

/// The same for one directory: descriptor, not owned, and its name for the script. `passedOver` tells of the
/// names at its top that do not count. Adds to `tally`.
void countLeftIn(int directory, const std::string& name,
                 const std::function<bool(std::string_view)>& passedOver, const std::function<void()>& tick,
                 protocol::Tally& tally);

} // namespace rootlayer::guest
