#pragma once

#include <chrono>
#include <string>

#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// What a command made, in one line for people: each file or image, its size, and how long it took. Empty
/// when nothing was made.
std::string successLine(const Outcome& outcome, std::chrono::microseconds elapsed);

} // namespace rootlayer::cli
