#pragma once

namespace rootlayer::guest {

/// Starts a process that powers the machine off as soon as the host closes its end of the port, even if the
/// agent is busy. The host must already be connected. Throws Error{System}.
void watchHost(int port);

/// Powers the machine off without writing anything back: its disk is thrown away.
[[noreturn]] void powerOff();

} // namespace rootlayer::guest
