#pragma once

#include <string>

#include "manual/command.hh"

namespace rootlayer::manual {

/// What --help prints: at most 80 columns wide, except for examples and names that cannot be broken.
std::string helpPage(const Command& command);

/// The words of a text in lines of at most `width` columns, each with this indent except the first.
std::string wrapped(const std::string& text, std::size_t width, std::size_t indent);

} // namespace rootlayer::manual
