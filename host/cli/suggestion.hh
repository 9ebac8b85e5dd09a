#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::cli {

/// The candidate that was most likely meant: the closest in spelling, one that begins with the word, or the
/// counterpart of another tool's name. Empty if none is close.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean X?", or `otherwise` if no candidate is close.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise);

} // namespace rootlayer::cli
