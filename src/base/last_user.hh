#pragma once

#include <string>

namespace rootlayer {

/// Records in a cache entry's directory who used it last, escaped and cut to 512 bytes. The record is not
/// part of the entry: the seal does not list it. Write errors are ignored.
void rememberUser(const std::string& directory, const std::string& user);

/// What rememberUser() recorded, printable; empty if there is no record.
std::string rememberedUser(const std::string& directory);

} // namespace rootlayer
