#pragma once

#include <string>
#include <vector>

#include "dice.hh"

namespace rootlayer::fuzz {

/// Changes an input a little, one to three times: flips, sets, cuts, copies or removes bytes, writes or
/// inserts a word, or puts a part of another input in.
void mutateBytes(std::string& bytes, const std::vector<std::string>& words, const std::string& other,
                 Dice& dice);

/// The words of a dictionary in libFuzzer's form: one "word" a line, with \xNN, \\ and \", after an optional
/// NAME=. Throws Error{Input} for another line.
std::vector<std::string> parseDictionary(const std::string& text);

} // namespace rootlayer::fuzz
