#pragma once

#include <string>

#include <rootlayer/error.hh>

#include "run/boot.hh"

namespace rootlayer::run {

/// Throws `error`, or, if it is because the guest was lost, the reason and the console's last lines in its
/// place. `directory` is the machine's own. After a timeout, the timeout stays the cause.
[[noreturn]] void rethrowWithConsole(const Error& error, const BootedMachine& machine,
                                     const std::string& directory);

} // namespace rootlayer::run
