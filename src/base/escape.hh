#pragma once

#include <string>
#include <string_view>

namespace rootlayer {

/// Names are bytes; this makes them readable and safe to print on a terminal: in double quotes, with \n, \t,
/// \r, \", \\ and \xNN for control bytes and for what is not UTF-8.
std::string quote(std::string_view bytes);

/// The same without the quotes; a double quote is not escaped.
std::string escaped(std::string_view bytes);

/// The same, cut to at most `most` bytes of escaped text, with "..." for what is missing.
std::string escapedStart(std::string_view bytes, std::size_t most);

/// Encodes bytes as text that JSON can carry: each byte becomes the code point of its value. fromWire() is
/// the inverse, and throws Error{Protocol} for text with code points above 255.
std::string toWire(std::string_view bytes);
std::string fromWire(std::string_view text);

} // namespace rootlayer
