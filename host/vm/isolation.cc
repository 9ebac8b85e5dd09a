#include "vm/isolation.hh"

#include <fmt/format.h>

namespace rootlayer::vm {

std::vector<std::string> namesOf(const Isolation& isolation) {
    std::vector<std::string> names;
    const auto add = [&](bool holds, std::string name) {
        if (holds) names.push_back(std::move(name));
    };
    add(isolation.ownUser, "own-user");
    add(isolation.noCapabilities, "no-capabilities");
    add(isolation.landlock > 0, fmt::format("landlock-{}", isolation.landlock));
    add(isolation.systemCalls, "system-calls");
    add(isolation.readOnlyMemory, "read-only-memory");
    return names;
}

} // namespace rootlayer::vm
