#include "run/lost_machine.hh"

#include <fmt/format.h>

#include "base/file.hh"
#include "vm/console_tail.hh"
#include "vm/devices.hh"

namespace rootlayer::run {

namespace {

/// Empty if neither the console nor QEMU says one.
std::string reasonOf(vm::Machine& machine, const std::string& console, const std::string& directory) {
    auto reason = vm::panicInLog(directory + "/" + vm::kConsoleFile);
    if (reason.empty()) reason = vm::panicIn(console);
    return reason.empty() ? machine.ending() : reason;
}

} // namespace

void rethrowWithConsole(const Error& error, const BootedMachine& booted, const std::string& directory) {
    // The guest is alive or was stopped by its disk: its console does not explain the error.
    if (booted.machine->diskFault() || error.code() == ErrorCode::Cancelled) throw error;
    if (!booted.connection->ended() && booted.machine->running()) throw error;
    const auto console = booted.machine->consoleTail();
    const auto reason = reasonOf(*booted.machine, console, directory);
    if (error.code() == ErrorCode::Timeout)
        throw Error(error.code(), fmt::format("{}{}{}", error.what(), reason.empty() ? "" : ": ", reason),
                    error.hint());
    throw Error(ErrorCode::Machine,
                fmt::format("the machine ended during the run: {}", reason.empty() ? error.what() : reason),
                console.empty() ? "check what the script does to the system"
                                : "the console's last lines:" + vm::barred(console));
}

} // namespace rootlayer::run
