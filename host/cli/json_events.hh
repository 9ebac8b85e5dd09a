#pragma once

#include <chrono>
#include <string>

#include <rootlayer/error.hh>
#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// One line of `--progress json` (docs/events.md), its line end included: an event of the library's.
std::string jsonLine(const Event& event);

/// The last line of a command that failed.
std::string jsonLine(const Error& error, int exitStatus, std::chrono::microseconds elapsed);

} // namespace rootlayer::cli
