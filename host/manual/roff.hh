#pragma once

#include <string>
#include <string_view>

namespace rootlayer::manual {

/// Text as man(7) shows it: backslashes, hyphens and quotes as they are, and no line that is a request.
std::string roff(std::string_view text);

/// The same in bold, or in italics.
std::string bold(std::string_view text);
std::string italic(std::string_view text);

/// ".TH": the page's name, section and the version, without a date, so that the same source gives the same
/// page.
std::string pageHeader(std::string_view name, int section, std::string_view version);

/// A section, without a paragraph request right after its heading, which would do nothing.
std::string section(std::string_view title, std::string_view text);

/// Example lines, as they are.
std::string verbatim(std::string_view lines);

} // namespace rootlayer::manual
