#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <rootlayer/error.hh>

#include "base/escape.hh"

/// What a fuzzer calls with each input. Every target defines it; it returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rootlayer::fuzz {

/// Ends the process unless the invariant holds.
inline void require(bool holds, int line = __builtin_LINE()) {
    if (holds) return;
    std::fprintf(stderr, "the invariant in line %d does not hold\n", line);
    std::abort();
}

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Runs `work`. Returns the Error that it throws; any other exception ends the process.
template <typename Work>
std::optional<Error> refusal(Work work) {
    try {
        work();
        return std::nullopt;
    } catch (const Error& error) {
        return error;
    }
}

/// Whether a text for people does nothing to a terminal: it has been escaped, once.
inline bool fitsTerminal(std::string text) {
    std::replace(text.begin(), text.end(), '\\', '/');
    return escaped(text) == text;
}

/// Takes the input apart: numbers from its front, lines, the rest.
class Input final {
  public:
    explicit Input(std::string_view bytes) : m_rest(bytes) {}

    /// 0 at the end.
    std::uint8_t byte() {
        if (m_rest.empty()) return 0;
        const auto value = static_cast<std::uint8_t>(m_rest.front());
        m_rest.remove_prefix(1);
        return value;
    }
    /// Up to the separator, which is removed; else the rest.
    std::string_view upTo(std::string_view separator) {
        const auto at = m_rest.find(separator);
        const auto part = m_rest.substr(0, at);
        m_rest.remove_prefix(at == std::string_view::npos ? m_rest.size() : at + separator.size());
        return part;
    }
    std::string_view rest() const { return m_rest; }
    bool empty() const { return m_rest.empty(); }

  private:
    std::string_view m_rest;
};

} // namespace rootlayer::fuzz
