#include "vm/open_ports.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

namespace rootlayer::vm {

UniqueFd OpenPorts::take(std::string_view name) {
    const auto found = m_ends.find(name);
    if (found == m_ends.end())
        throw Error(ErrorCode::Internal,
                    fmt::format("the machine has no port {}, or it was already taken", name));
    auto end = std::move(found->second);
    m_ends.erase(found);
    return end;
}

} // namespace rootlayer::vm
