#include "cli/help_footer.hh"

#include <algorithm>
#include <string_view>

namespace rootlayer::cli {

namespace {

constexpr std::string_view kExamples = "Examples:\n";
constexpr std::string_view kStatuses = "\nExit status: ";
constexpr std::string_view kIndent = "  ";

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        auto line = text.substr(at, end - at);
        if (line.starts_with(kIndent)) line.erase(0, kIndent.size());
        lines.push_back(std::move(line));
        at = end + 1;
    }
    return lines;
}

} // namespace

std::string helpFooter(const std::string& examples, const std::string& own) {
    return std::string(kExamples) + examples + std::string(kStatuses) + own +
           "; 125 rootlayer failed; 128+N ended by signal N";
}

FooterParts partsOf(const std::string& footer) {
    const auto examples = std::min(footer.find(kExamples), footer.size());
    const auto statuses = std::min(footer.find(kStatuses), footer.size());
    FooterParts parts{footer.substr(0, examples), {}, ""};
    if (statuses == footer.size() || examples > statuses) return parts;
    const auto begin = examples + kExamples.size();
    parts.examples = linesOf(footer.substr(begin, statuses - begin));
    parts.statuses = footer.substr(statuses + kStatuses.size());
    return parts;
}

} // namespace rootlayer::cli
