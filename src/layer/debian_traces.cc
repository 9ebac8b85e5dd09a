#include "layer/debian_traces.hh"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <string>

#include "layer/whiteout.hh"

namespace rootlayer::layer {

namespace {

// The backups in /etc have the content from before the last package was installed, and shadow- contains the
// current day.
constexpr std::array<DebianTrace, 17> kTraces{{{"etc", "passwd-"},
                                               {"etc", "group-"},
                                               {"etc", "shadow-"},
                                               {"etc", "gshadow-"},
                                               {"etc", "subuid-"},
                                               {"etc", "subgid-"},
                                               {"var/cache/apt", "*.bin"},
                                               {"var/cache/apt/archives", "*.deb"},
                                               {"var/cache/debconf", "*-old"},
                                               {"var/cache/ldconfig", "aux-cache"},
                                               {"var/lib/apt/lists", "*"},
                                               {"var/lib/apt/lists/partial", "*"},
                                               {"var/lib/dpkg", "*-old"},
                                               {"var/log", "alternatives.log"},
                                               {"var/log", "bootstrap.log"},
                                               {"var/log", "dpkg.log"},
                                               {"var/log/apt", "*"}}};

} // namespace

std::span<const DebianTrace> debianTraces() {
    return kTraces;
}

bool isDebianTrace(std::string_view path) {
    if (path == kMachineId) return true;
    const auto directory = parentPath(path);
    return std::any_of(kTraces.begin(), kTraces.end(), [&](const DebianTrace& trace) {
        return trace.directory == directory &&
               ::fnmatch(std::string(trace.name).c_str(), std::string(baseName(path)).c_str(), 0) == 0;
    });
}

} // namespace rootlayer::layer
