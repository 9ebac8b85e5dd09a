#pragma once

#include <memory>
#include <string>

#include <rootlayer/event.hh>

namespace rootlayer::cli {

/// How events are shown on stderr.
enum class ProgressStyle {
    Auto,  ///< Tty on a terminal (but TERM=dumb), else Plain
    Tty,   ///< a status line that is rewritten, without colour under NO_COLOR; output and warnings above it
    Plain, ///< a line for each phase, and the script's output as it is
    Json,  ///< one JSON object a line (docs/events.md)
    Quiet, ///< the script's output and nothing else
};

/// What Auto stands for here.
ProgressStyle automaticStyle();

/// Throws Error{Usage} for an unknown word.
ProgressStyle progressStyleFromName(const std::string& name);

/// Terminal escapes in the script's output are made harmless on a terminal, and passed on elsewhere.
std::unique_ptr<Observer> makeProgress(ProgressStyle style, bool verbose);

} // namespace rootlayer::cli
