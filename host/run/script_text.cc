#include "run/script_text.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <vector>

#include "base/escape.hh"

namespace rootlayer::run {

namespace {

constexpr std::size_t kMaxLineLength = 160;

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t\r");
    return from == std::string_view::npos ? std::string_view()
                                          : text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

/// The first `number` lines, without blank lines and comments at their end. None if the script has fewer.
std::vector<std::string_view> linesUpTo(std::string_view script, std::uint64_t number) {
    std::vector<std::string_view> lines;
    while (!script.empty() && lines.size() < number) {
        const auto end = std::min(script.find('\n'), script.size());
        lines.push_back(script.substr(0, end));
        script.remove_prefix(std::min(end + 1, script.size()));
    }
    if (lines.size() < number) return {};
    while (!lines.empty() && (trimmed(lines.back()).empty() || trimmed(lines.back()).front() == '#'))
        lines.pop_back();
    return lines;
}

/// Removes continuation lines at the end, so that the last line is the start of its command.
void joinContinued(std::vector<std::string_view>& lines) {
    while (lines.size() > 1 && lines[lines.size() - 2].ends_with('\\'))
        lines.pop_back();
}

/// Escapes control characters, but keeps backslashes as they are.
std::string printable(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto end = std::min(text.find('\\'), text.size());
        result += escaped(text.substr(0, end));
        if (end < text.size()) result += '\\';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

/// Whether the line ends a block that began above.
bool endsBlock(std::string_view line) {
    static constexpr std::array<std::string_view, 5> kEnds{"fi", "done", "esac", "}", ")"};
    return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) {
        return line.starts_with(end) &&
               (line.size() == end.size() ||
                std::string_view(" \t;|&><)").find(line[end.size()]) != std::string_view::npos);
    });
}

} // namespace

std::string placeInScript(std::string_view script, std::uint64_t line) {
    auto lines = linesUpTo(script, line);
    joinContinued(lines);
    if (lines.empty()) return {};
    auto text = trimmed(lines.back());
    if (endsBlock(text)) return fmt::format(" in the block that ends at line {}", lines.size());
    const bool more = text.size() > kMaxLineLength || text.ends_with('\\');
    text = trimmed(text.substr(0, std::min(kMaxLineLength, text.size() - (text.ends_with('\\') ? 1 : 0))));
    return fmt::format(" at line {}: {}{}", lines.size(), printable(text), more ? " ..." : "");
}

std::string textHint(std::string_view script) {
    if (script.starts_with("\xff\xfe") || script.starts_with("\xfe\xff"))
        return "the script is UTF-16, which no shell can read: save it as UTF-8";
    if (script.starts_with("\xef\xbb\xbf"))
        return "the script begins with a byte order mark, which hides its #! line: save it as UTF-8 without "
               "one";
    const auto end = script.find('\n');
    if (end != std::string_view::npos && end > 0 && script[end - 1] == '\r')
        return "the script's lines end in CR LF, as on Windows, and a shell treats the CR as part of the "
               "line: save it with LF only";
    return {};
}

} // namespace rootlayer::run
