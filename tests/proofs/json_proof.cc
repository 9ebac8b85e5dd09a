#include <nlohmann/json.hpp>
#include <regex>

#include "base/json.hh"
#include "tests/proofs/inputs.hh"

using namespace rootlayer;
using namespace rootlayer::proofs;

namespace {

std::optional<Json> parsed(const std::string& text) {
    return unlessRefused(ErrorCode::Image, [&] { return Json::parse(text, "a document"); });
}

/// Whether another parser reads it, and no object has a name twice, which that parser allows.
std::optional<nlohmann::ordered_json> read(const std::string& text) {
    std::size_t names = 0;
    const auto count = [&](int, nlohmann::ordered_json::parse_event_t event, nlohmann::ordered_json&) {
        names += event == nlohmann::ordered_json::parse_event_t::key ? 1 : 0;
        return true;
    };
    if (!nlohmann::ordered_json::accept(text)) return std::nullopt;
    auto json = nlohmann::ordered_json::parse(text, count);
    std::size_t kept = 0;
    const std::function<void(const nlohmann::ordered_json&)> visit = [&](const auto& value) {
        if (value.is_object()) kept += value.size();
        if (value.is_structured()) {
            for (const auto& item : value)
                visit(item);
        }
    };
    visit(json);
    if (kept != names) return std::nullopt;
    return json;
}

void checkDocument(const std::string& text) {
    const auto ours = parsed(text);
    const auto theirs = read(text);
    holds(ours.has_value() == theirs.has_value() && (!ours || ours->write() == theirs->dump()),
          [&] { return text; });
}

void checkString(const std::string& literal, bool taken, const std::string& value) {
    const auto json = parsed(literal);
    bool right = json.has_value() == taken && (!json || json->string() == value);
    // What is written is read again as the same, and by another parser too.
    if (json && right) {
        const auto again = Json::string(value).write();
        right = parsed(again)->string() == value && nlohmann::json::parse(again).get<std::string>() == value;
    }
    holds(right, [&] { return literal; });
}

std::string escapeOf(unsigned unit, const char* format = "\\u%04x") {
    char text[8];
    std::snprintf(text, sizeof text, format, unit);
    return text;
}

} // namespace

TEST_CASE("every five tokens of JSON are a document only if another parser says so, and no name is twice",
          "[A7]") {
    const std::vector<std::string> tokens{"{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "null", " "};
    for (std::size_t size = 0; size <= 5; ++size)
        eachList(tokens, size, [](const auto& list) { checkDocument(join(list, "")); });
    const std::vector<std::string> rest{"}", "[", "]", ",", ":", "\"a\"", "\"\\u0061\"", "1"};
    eachList(rest, 5, [](const auto& list) { checkDocument("{\"a\":1" + join(list, "") + "}"); });
}

TEST_CASE("every number of up to six characters in JSON is one as RFC 8259 says, and keeps its spelling",
          "[A7]") {
    static const std::regex form(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
    eachTextUpTo("-+019.eE", 6, [](const std::string& text) {
        const auto json = parsed(text);
        const bool is = std::regex_match(text, form);
        holds(json.has_value() == is && (!json || json->text() == text), [&] { return text; });
    });
}

TEST_CASE("every escape in a JSON string is the character it names, and half of a pair is refused", "[A7]") {
    for (unsigned unit = 0; unit < 0x10000; ++unit) {
        const bool half = unit >= 0xd800 && unit < 0xe000;
        for (const auto* format : {"\\u%04x", "\\u%04X"}) {
            const auto literal = '"' + escapeOf(unit, format) + '"';
            checkString(literal, !half, half ? "" : nlohmann::json::parse(literal).get<std::string>());
        }
    }
    for (unsigned first = 0xd7f0; first < 0xe010; ++first) {
        for (const unsigned second :
             {0x0041U, 0xd7ffU, 0xd800U, 0xdbffU, 0xdc00U, 0xdc01U, 0xdfffU, 0xe000U}) {
            const auto literal = '"' + escapeOf(first) + escapeOf(second) + '"';
            const bool taken = nlohmann::json::accept(literal);
            checkString(literal, taken, taken ? nlohmann::json::parse(literal).get<std::string>() : "");
        }
    }
    eachTextUpTo("\\u0dDf8\"", 6, [](const std::string& text) {
        const auto literal = '"' + text + '"';
        const bool taken = nlohmann::json::accept(literal);
        checkString(literal, taken, taken ? nlohmann::json::parse(literal).get<std::string>() : "");
    });
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (const std::string before : {"", "\\"}) {
            const auto literal = '"' + before + static_cast<char>(byte) + '"';
            const bool taken = nlohmann::json::accept(literal);
            checkString(literal, taken, taken ? nlohmann::json::parse(literal).get<std::string>() : "");
        }
    }
}
