#pragma once

#include <string>
#include <string_view>

namespace rootlayer {

/// Names are bytes; this is how people read them: in double quotes, with \n, \t, \", \\ and \xNN for control
/// bytes and what is not UTF-8. Safe to print on a terminal.
std::string quote(std::string_view bytes);

/// The same without the quotes, and with printable text left as it is.
std::string escaped(std::string_view bytes);

/// Bytes as text that JSON can carry: each byte is the code point of its value. fromWire() is the inverse,
/// and throws Error{Protocol} for text with code points above 255.
std::string toWire(std::string_view bytes);
std::string fromWire(std::string_view text);

} // namespace rootlayer
