#include "byte_mutator.hh"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

#include <rootlayer/error.hh>

namespace rootlayer::fuzz {

namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;

void mutateOnce(std::string& bytes, const std::vector<std::string>& words, const std::string& other,
                Dice& dice) {
    if (bytes.empty()) {
        bytes = other.empty() ? std::string(1, static_cast<char>(dice.roll(256))) : other;
        return;
    }
    const auto at = dice.roll(bytes.size());
    const auto some = 1 + dice.roll(dice.roll(4) == 0 ? bytes.size() : 16);
    switch (dice.roll(9)) {
    case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << dice.roll(8)));
        break;
    case 1:
        bytes[at] = static_cast<char>(dice.roll(256));
        break;
    case 2:
        bytes.resize(at);
        break;
    case 3:
        bytes.erase(at, some);
        break;
    case 4:
        if (bytes.size() < kLongest) bytes.insert(dice.roll(bytes.size()), bytes.substr(at, some));
        break;
    case 5:
        bytes.replace(dice.roll(bytes.size()), some, bytes.substr(at, some));
        break;
    case 6:
        if (!other.empty()) bytes.replace(at, some, other.substr(dice.roll(other.size()), some));
        break;
    default:
        if (words.empty())
            bytes.insert(at, 1, static_cast<char>(dice.roll(256)));
        else
            bytes.replace(at, dice.roll(2) == 0 ? 0 : some, words[dice.roll(words.size())]);
    }
}

std::string unescaped(const std::string& line) {
    const auto refuse = [&]() -> std::string {
        throw Error(ErrorCode::Input, fmt::format("a dictionary has the line {}", line));
    };
    const auto open = line.find('"');
    const auto close = line.rfind('"');
    if (open == close) return refuse();
    std::string word;
    for (auto at = open + 1; at < close; ++at) {
        if (line[at] != '\\') {
            word += line[at];
        } else if (line.substr(at, 2) == "\\x" && at + 3 < close) {
            word += static_cast<char>(std::stoi(line.substr(at + 2, 2), nullptr, 16));
            at += 3;
        } else if (line[at + 1] == '\\' || line[at + 1] == '"') {
            word += line[++at];
        } else {
            return refuse();
        }
    }
    return word;
}

} // namespace

void mutateBytes(std::string& bytes, const std::vector<std::string>& words, const std::string& other,
                 Dice& dice) {
    for (auto times = 1 + dice.roll(3); times > 0; --times)
        mutateOnce(bytes, words, other, dice);
}

std::vector<std::string> parseDictionary(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line[0] != '#') words.push_back(unescaped(line));
    }
    return words;
}

} // namespace rootlayer::fuzz
