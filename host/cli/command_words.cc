#include "cli/command_words.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "base/json.hh"

namespace rootlayer::cli {

namespace {

[[noreturn]] void refuse(const std::string& text, std::string_view option, std::string_view why) {
    throw Error(ErrorCode::Usage, fmt::format("{} does not take {}: {}", option, quote(text), why),
                fmt::format(R"({} '["program","argument"]')", option));
}

std::vector<std::string> jsonWords(const std::string& text, std::string_view option) {
    try {
        std::vector<std::string> words;
        const auto list = Json::parse(text, option);
        for (const auto& item : list.items()) {
            if (!item.isString()) refuse(text, option, "an item is not a string");
            words.push_back(item.string());
        }
        return words;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::Usage) throw;
        refuse(text, option, error.message());
    }
}

/// POSIX shell, "Quoting", without expansions.
class Words final {
  public:
    Words(const std::string& text, std::string_view option) : m_text(text), m_option(option) {}

    std::vector<std::string> run() {
        for (m_at = 0; m_at < m_text.size(); ++m_at)
            step(m_text[m_at]);
        if (m_quote != '\0') refuse(m_text, m_option, "unterminated quote");
        endWord();
        return std::move(m_words);
    }

  private:
    void step(char c) {
        if (c == '\\' && m_quote != '\'') return escaped();
        if (m_quote != '\0') {
            c == m_quote ? void(m_quote = '\0') : m_word.push_back(c);
        } else if (c == '\'' || c == '"') {
            m_quote = c;
            m_inWord = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            endWord();
        } else {
            m_word.push_back(c);
            m_inWord = true;
        }
    }

    void escaped() {
        if (++m_at == m_text.size()) refuse(m_text, m_option, "trailing backslash");
        const char c = m_text[m_at];
        if (m_quote == '"' && c != '"' && c != '\\' && c != '$' && c != '`') m_word.push_back('\\');
        m_word.push_back(c);
        m_inWord = true;
    }

    void endWord() {
        if (m_inWord) m_words.push_back(std::move(m_word));
        m_word.clear();
        m_inWord = false;
    }

    const std::string& m_text;
    std::string_view m_option;
    std::size_t m_at = 0;
    char m_quote = '\0';
    std::string m_word;
    bool m_inWord = false;
    std::vector<std::string> m_words;
};

} // namespace

std::vector<std::string> commandWords(const std::string& text, std::string_view option) {
    const auto first = text.find_first_not_of(" \t\n");
    if (first != std::string::npos && text[first] == '[') return jsonWords(text, option);
    return Words(text, option).run();
}

} // namespace rootlayer::cli
