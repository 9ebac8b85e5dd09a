#pragma once

#include <string>

#include <rootlayer/inspect.hh>

namespace rootlayer::cli {

/// An image for people: one line a fact, aligned, the layers with the history below. Nothing in it can harm a
/// terminal. `whole`: long texts are not cut short.
std::string textOf(const ImageInfo& info, bool whole = false);

/// The same for programs (README, "Use"): one object, and a line feed.
std::string jsonOf(const ImageInfo& info);

} // namespace rootlayer::cli
