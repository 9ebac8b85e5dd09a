#pragma once

namespace rootlayer::guest {

/// What process 1 does before anything else: its own /proc, /sys and /dev, a root that the script can be
/// moved away from, limits for itself, and that it is never killed for lack of memory. Throws Error{System}.
void prepareMachine();

} // namespace rootlayer::guest
