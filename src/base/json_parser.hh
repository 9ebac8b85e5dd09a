#pragma once

#include <string_view>

#include "base/json.hh"

namespace rootlayer {

/// Parses one document in one pass. The limits bound the recursion.
class JsonParser final {
  public:
    JsonParser(std::string_view bytes, std::string_view what, const JsonLimits& limits)
        : m_bytes(bytes), m_what(what), m_limits(limits) {}
    Json document();

  private:
    Json value(std::size_t depth);
    Json array(std::size_t depth);
    Json object(std::size_t depth);
    Json word(std::string_view word, Json::Kind kind);
    Json number();
    std::string_view stringLiteral();
    void escape();
    void digits();
    void requireDistinctNames(const Json& object) const;

    char peek() const { return m_at < m_bytes.size() ? m_bytes[m_at] : '\0'; }
    bool take(char c);
    void expect(char c, std::string_view wanted);
    void skipBlanks();
    [[noreturn]] void fail(std::string_view why) const;

    std::string_view m_bytes;
    std::string_view m_what;
    JsonLimits m_limits;
    std::size_t m_at = 0;
    std::size_t m_values = 0;
};

} // namespace rootlayer
