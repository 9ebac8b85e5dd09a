#pragma once

#include <chrono>
#include <string>

#include <rootlayer/error.hh>
#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// An event of the library as one line of `--progress json` (docs/events.md), with its line end.
std::string jsonLine(const Event& event);

/// The last line of `--progress json` for a command that failed. `option` is the one that would help, if any.
std::string jsonLine(const Error& error, int exitStatus, std::chrono::microseconds elapsed,
                     const std::string& option = "");

} // namespace rootlayer::cli
