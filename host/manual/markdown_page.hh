#pragma once

#include <string>

namespace rootlayer::manual {

/// A manual page from a document in docs/, as man(7). It has what these documents use: a heading with the
/// title, "##" headings, paragraphs, lists with "*", indented examples, `code` and [links](to). Tables are
/// not among them. Throws Error{Input} for a document without a heading.
std::string markdownPage(const std::string& document, const std::string& name, int section,
                         const std::string& summary, const std::string& version);

} // namespace rootlayer::manual
