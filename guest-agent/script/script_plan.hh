#pragma once

#include <string>
#include <string_view>

#include "guest-agent/script/environment.hh"
#include "guest-agent/script/script_command.hh"
#include "guest-agent/script/users.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

class ScriptNamespaces;

/// What the script's environment is made from: paths of the agent's.
struct ScriptPlaces {
    std::string root;                       ///< the mounted root
    std::string temporary;                  ///< mounted at /tmp
    std::string run;                        ///< mounted at /run
    std::string devices;                    ///< mounted at /dev
    std::string busybox;                    ///< for a root without /bin/sh; may be missing
    std::string scratch;                    ///< a path on the scratch disk, whose use is measured
    ScriptNamespaces* namespaces = nullptr; ///< not owned
    int group = -1;                         ///< ProcessGroup::joinFd(); -1: no limits
};

/// Everything that is decided before the script starts.
struct ScriptPlan {
    ScriptPlaces places;
    std::string script;
    ScriptCommand command;
    Environment environment;
    Identity identity;
    std::string workdir;
    bool withBusybox = false; ///< the base has no /bin/sh
    bool keepTmp = false;     ///< nothing is mounted on /tmp and /run
};

/// Decides how to run the script, from the request and the root. No symlink leads out of the root. Throws
/// Error{Input} for a user that the base does not have, a NUL byte in the request, or a trace of what is not
/// a shell script.
ScriptPlan planScript(const protocol::RunRequest& request, std::string script, const ScriptPlaces& places);

} // namespace rootlayer::guest
