#pragma once

#include <string>

#include <rootlayer/inspect.hh>

namespace rootlayer::cli {

/// An image for people: aligned lines, one for each fact, then the layers with their history. Safe to print
/// on a terminal. `whole`: does not shorten long text.
std::string textOf(const ImageInfo& info, bool whole = false);

/// The same for programs: one JSON object and a line end.
std::string jsonOf(const ImageInfo& info);

} // namespace rootlayer::cli
