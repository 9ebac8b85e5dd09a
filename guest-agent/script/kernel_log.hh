#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rootlayer::guest {

/// The name of the process that a record of /dev/kmsg says was killed for lack of memory; nullopt when it
/// says something else.
std::optional<std::string> oomVictim(std::string_view record);

/// The last one of the kernel's log; empty when there is none, or no log.
std::string lastOomVictim();

} // namespace rootlayer::guest
