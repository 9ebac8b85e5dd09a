#include <rootlayer/script_failure.hh>

namespace rootlayer {

std::string_view name(ScriptFailure failure) {
    switch (failure) {
    case ScriptFailure::None:
        break;
    case ScriptFailure::Failed:
        return "script-failed";
    case ScriptFailure::Killed:
        return "script-killed";
    case ScriptFailure::NotExecutable:
        return "script-not-executable";
    case ScriptFailure::InterpreterMissing:
        return "interpreter-missing";
    case ScriptFailure::OutOfMemory:
        return "out-of-memory";
    case ScriptFailure::DiskFull:
        return "disk-full";
    case ScriptFailure::NetworkRefused:
        return "network-refused";
    }
    return "";
}

} // namespace rootlayer
