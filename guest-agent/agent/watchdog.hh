#pragma once

namespace rootlayer::guest {

/// Starts a process that powers the machine off as soon as the host's end of the port is closed, whatever the
/// agent is busy with. To be called once somebody is connected there. Throws Error{System}.
void watchHost(int port);

/// The machine is off a moment later. Nothing is written back: its disk is thrown away.
[[noreturn]] void powerOff();

} // namespace rootlayer::guest
