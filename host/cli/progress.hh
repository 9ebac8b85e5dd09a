#pragma once

#include <memory>
#include <string>

#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// How events are shown on stderr.
enum class ProgressStyle {
    Auto,  ///< Tty on a terminal, else Plain
    Tty,   ///< a status line that is rewritten; the script's output and warnings above it
    Plain, ///< a line for each phase, and the script's output as it is
    Json,  ///< one JSON object a line
    Quiet, ///< the script's output and nothing else
};

/// Throws Error{Usage} for an unknown word.
ProgressStyle progressStyleFromName(const std::string& name);

/// Terminal escapes in the script's output are made harmless on a terminal, and passed on elsewhere.
std::unique_ptr<Observer> makeProgress(ProgressStyle style, bool verbose);

} // namespace rootlayer::cli
