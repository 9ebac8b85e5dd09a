#pragma once

#include <array>
#include <memory>
#include <string>

#include <rootlayer/event.hh>

#include "cli/choice.hh"

namespace rootlayer::cli {

/// How events are shown on stderr.
enum class ProgressStyle {
    Auto,  ///< Tty on a terminal (except TERM=dumb), else Plain
    Tty,   ///< a status line, below output and warnings; without colour if NO_COLOR is set
    Plain, ///< a line for each phase, and the script's output
    Json,  ///< one JSON object a line (docs/events.md)
    Quiet, ///< only the script's output
};

/// The values of --progress.
inline constexpr std::array<Choice<ProgressStyle>, 5> kProgressStyles{{{"auto", ProgressStyle::Auto},
                                                                       {"tty", ProgressStyle::Tty},
                                                                       {"plain", ProgressStyle::Plain},
                                                                       {"json", ProgressStyle::Json},
                                                                       {"quiet", ProgressStyle::Quiet}}};

/// What Auto means for this process: Tty or Plain.
ProgressStyle automaticStyle();

/// Throws Error{Usage} for an unknown word.
ProgressStyle progressStyleFromName(const std::string& name);

/// Escapes control characters in the script's output on a terminal, and passes them on elsewhere.
std::unique_ptr<Observer> makeProgress(ProgressStyle style, bool verbose);

} // namespace rootlayer::cli
