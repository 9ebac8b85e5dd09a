#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rootlayer::cli {

/// The candidate that was most likely meant: the nearest in letters, one that begins so, or what another tool
/// calls by that name. Empty when none is near.
std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean X?", or what else to try when nothing is near.
std::string didYouMean(std::string_view word, const std::vector<std::string>& candidates,
                       const std::string& otherwise);

} // namespace rootlayer::cli
