#pragma once

#include <string>

namespace rootlayer {

/// Remembers in a cache entry's directory for whom it was used last: at most 512 bytes, escaped. It is no
/// part of the entry, whose seal does not name it; what cannot be written is not remembered.
void rememberUser(const std::string& directory, const std::string& user);

/// Printable; empty when nobody was remembered.
std::string rememberedUser(const std::string& directory);

} // namespace rootlayer
