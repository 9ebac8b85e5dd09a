#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::network {

/// A host name in lower case, without a trailing dot. nullopt if it is none: labels have 1 to 63 letters,
/// digits, '-' and '_', and no '-' at an end; all together have at most 253 bytes. A name whose last label is
/// a number, as in 127.1 or 0x7f.1, is none: resolvers take it for an address.
std::optional<std::string> canonicalName(std::string_view name);

} // namespace rootlayer::network
