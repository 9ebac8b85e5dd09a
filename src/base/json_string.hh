#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rootlayer {

/// Encodes a string literal with its quotes, escaping only what JSON requires. Throws Error{Usage} for bytes
/// that are not UTF-8.
std::string encodeJsonString(std::string_view utf8);

/// Decodes a string literal with its quotes. The literal must have been checked by JsonParser.
std::string decodeJsonString(std::string_view literal);

/// The value of the four hex digits of a \u escape; -1 if they are not there.
std::int32_t hexEscape(std::string_view digits);

/// The length of the UTF-8 sequence at the front, 0 if there is no well-formed one (Unicode, table 3-7).
std::size_t utf8SequenceLength(std::string_view bytes);

} // namespace rootlayer
