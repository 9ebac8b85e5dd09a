#pragma once

#include <string_view>

#include <rootlayer/api.hh>

namespace rootlayer {

/// Why a script failed, as far as the guest and the host have seen.
enum class ScriptFailure {
    None,               ///< it did not fail
    Failed,             ///< it ended with a status other than 0
    Killed,             ///< a signal ended it
    NotExecutable,      ///< it could not be executed
    InterpreterMissing, ///< its interpreter was not found
    OutOfMemory,        ///< and the guest's kernel had killed a process for lack of memory
    DiskFull,           ///< and its disk was full
    NetworkRefused,     ///< and it was refused a name or a connection
};

/// The stable name, as in docs/events.md: "script-failed", "script-killed", "script-not-executable",
/// "interpreter-missing", "out-of-memory", "disk-full" or "network-refused"; empty for None.
ROOTLAYER_API std::string_view name(ScriptFailure failure);

} // namespace rootlayer
