#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// The name of the process that was killed for lack of memory according to a record of /dev/kmsg; nullopt for
/// other records.
std::optional<std::string> oomVictim(std::string_view record);

/// The name in the last such record of the kernel log; empty if there is none, or no log.
std::string lastOomVictim();

} // namespace rootlayer::guest
