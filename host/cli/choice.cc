#include "cli/choice.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "cli/suggestion.hh"

namespace rootlayer::cli {

std::string inWords(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
    return text;
}

void refuseValue(std::string_view option, const std::string& value, const std::vector<std::string>& names) {
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}", option, quote(value)),
                didYouMean(value, names, inWords(names)));
}

} // namespace rootlayer::cli
