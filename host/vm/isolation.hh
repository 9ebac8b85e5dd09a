#pragma once

#include <string>
#include <vector>

namespace rootlayer::vm {

/// How far the process of a machine is confined on this host, should its guest take it over.
struct Isolation {
    bool ownUser = false;        ///< a user of its own, because the caller is root
    bool noCapabilities = false; ///< none, and no way to get one
    int landlock = 0;            ///< version of Landlock that limits its files; 0: none
    bool systemCalls = false; ///< its system calls are an allow-list; QEMU's own deny-list is on in any case
    bool readOnlyMemory = true; ///< it cannot write to files that later runs use

    /// Whether it can reach no file of the host but those of the run and of packages.
    bool confined() const { return noCapabilities && landlock > 0 && readOnlyMemory; }
};

/// "own-user", "no-capabilities", "landlock-N", "system-calls", "read-only-memory": those that hold.
std::vector<std::string> namesOf(const Isolation& isolation);

} // namespace rootlayer::vm
