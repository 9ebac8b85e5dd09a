#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rootlayer/error.hh>

/// What every proof uses: all inputs of a shape, and a count of them (docs/proofs.md).
namespace rootlayer::proofs {

/// The inputs that the running proof has checked.
std::uint64_t& inputs();

/// Counts an input. The first for which the proof does not hold ends it; `text` describes that one.
template <typename Text>
void holds(bool held, Text&& text) {
    ++inputs();
    if (!held) FAIL(text());
}

/// What the call returns; nullopt if it refuses with this code. Another code is a fault.
template <typename Call>
auto unlessRefused(ErrorCode code, Call&& call) -> std::optional<std::decay_t<decltype(call())>> {
    try {
        return call();
    } catch (const Error& error) {
        if (error.code() != code) throw;
        return std::nullopt;
    }
}

/// Calls `check` with each text of `size` letters.
template <typename Check>
void eachText(std::string_view letters, std::size_t size, Check&& check) {
    std::string text(size, letters.at(0));
    std::vector<std::size_t> at(size, 0);
    for (;;) {
        check(static_cast<const std::string&>(text));
        std::size_t place = size;
        while (place > 0 && ++at[place - 1] == letters.size())
            at[--place] = 0;
        if (place == 0) return;
        for (std::size_t i = place - 1; i < size; ++i)
            text[i] = letters[at[i]];
    }
}

/// The same for each size up to `most`.
template <typename Check>
void eachTextUpTo(std::string_view letters, std::size_t most, Check&& check) {
    for (std::size_t size = 0; size <= most; ++size)
        eachText(letters, size, check);
}

/// Calls `check` with each list of `size` of the words.
template <typename Word, typename Check>
void eachList(const std::vector<Word>& words, std::size_t size, Check&& check) {
    std::vector<Word> list(size, words.at(0));
    std::vector<std::size_t> at(size, 0);
    for (;;) {
        check(static_cast<const std::vector<Word>&>(list));
        std::size_t place = size;
        while (place > 0 && ++at[place - 1] == words.size())
            at[--place] = 0;
        if (place == 0) return;
        for (std::size_t i = place - 1; i < size; ++i)
            list[i] = words[at[i]];
    }
}

/// "a", "b" -> "a/b"
std::string join(const std::vector<std::string>& words, std::string_view separator);

/// "a//b" -> "a", "", "b"
std::vector<std::string> split(std::string_view text, char separator);

/// The decimal digits of a number that may need more than 64 bits.
std::string decimal(__int128 number);

/// 0, 2^64 - 1, and what is next to a power of two between them.
std::vector<std::uint64_t> borders64();

} // namespace rootlayer::proofs
