#pragma once

#include <chrono>
#include <string>

#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// One line for people with what a command wrote: each file or image, its size, and the time it took. Empty
/// if nothing was written.
std::string successLine(const Outcome& outcome, std::chrono::microseconds elapsed);

} // namespace rootlayer::cli
