#pragma once

#include <string>
#include <string_view>

#include "guest-agent/script/environment.hh"
#include "guest-agent/script/script_command.hh"
#include "guest-agent/script/users.hh"
#include "protocol/messages.hh"

namespace rootlayer::guest {

class ScriptNamespaces;

/// Where the script's world is made from: paths of the agent's.
struct ScriptPlaces {
    std::string root;                       ///< the mounted root
    std::string temporary;                  ///< becomes /tmp
    std::string run;                        ///< becomes /run
    std::string devices;                    ///< becomes /dev
    std::string busybox;                    ///< for a root without /bin/sh; need not exist
    std::string scratch;                    ///< on the disk whose use is watched
    ScriptNamespaces* namespaces = nullptr; ///< for the script's first process to enter; not owned
    int group = -1; ///< ProcessGroup::joinFd(); -1: the script's processes are not bounded
};

/// All that is decided before anything of the script's runs.
struct ScriptPlan {
    ScriptPlaces places;
    std::string script;
    ScriptCommand command;
    Environment environment;
    Identity identity;
    std::string workdir;
    bool withBusybox = false; ///< the base has no /bin/sh
    bool keepTmp = false;     ///< /tmp and /run are the root's own
};

/// Looks into the root, follows none of its symlinks out, and decides. Throws Error{Input} for a user that
/// the base does not have, or an environment or workdir that cannot be.
ScriptPlan planScript(const protocol::RunRequest& request, std::string script, const ScriptPlaces& places);

} // namespace rootlayer::guest
