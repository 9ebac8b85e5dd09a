#include "manual/roff.hh"

#include <fmt/format.h>

namespace rootlayer::manual {

namespace {

std::string upper(std::string_view text) {
    std::string result;
    for (const char c : text)
        result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return result;
}

} // namespace

std::string roff(std::string_view text) {
    std::string result;
    bool lineStart = true;
    for (const char c : text) {
        if (lineStart && (c == '.' || c == '\'')) result += "\\&";
        lineStart = c == '\n';
        switch (c) {
        case '\\':
            result += "\\e";
            break;
        case '-':
            result += "\\-";
            break;
        case '\'':
            result += "\\(aq";
            break;
        case '`':
            result += "\\(ga";
            break;
        case '^':
            result += "\\(ha";
            break;
        case '~':
            result += "\\(ti";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string bold(std::string_view text) {
    return "\\fB" + roff(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return "\\fI" + roff(text) + "\\fR";
}

std::string pageHeader(std::string_view name, int section, std::string_view version) {
    // No hyphenation, and a ragged right margin: options and paths must not be torn apart.
    return fmt::format(".TH \"{}\" {} \"\" \"rootlayer {}\" \"rootlayer manual\"\n.nh\n.ad l\n",
                       roff(upper(name)), section, version);
}

std::string section(std::string_view title, std::string_view text) {
    constexpr std::string_view paragraph = ".PP\n";
    if (text.starts_with(paragraph)) text.remove_prefix(paragraph.size());
    return fmt::format(".SH {}\n{}", title, text);
}

std::string verbatim(std::string_view lines) {
    return fmt::format(".PP\n.RS 4\n.nf\n{}.fi\n.RE\n", roff(lines));
}

} // namespace rootlayer::manual
