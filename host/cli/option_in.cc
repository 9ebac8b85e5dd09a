#include "cli/option_in.hh"

#include <cctype>

namespace rootlayer::cli {

namespace {

bool isPart(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

} // namespace

std::string optionIn(std::string_view text, const std::function<bool(const std::string& name)>& wanted) {
    for (std::size_t at = 0; at < text.size();) {
        auto end = at;
        while (end < text.size() && isPart(text[end]))
            ++end;
        const std::string word(text.substr(at, end - at));
        if (word.starts_with("--") && word.size() > 2 && wanted(word)) return word;
        at = end + 1;
    }
    return {};
}

} // namespace rootlayer::cli
