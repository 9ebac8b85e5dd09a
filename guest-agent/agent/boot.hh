#pragma once

namespace rootlayer::guest {

/// The first work of process 1: mounts /proc, /sys and /dev for itself, makes a root that pivot_root(2) can
/// leave, sets its limits, and protects itself from the OOM killer. Throws Error{System}.
void prepareMachine();

} // namespace rootlayer::guest
