#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer {

/// Limits on a document from an untrusted source.
struct JsonLimits {
    std::size_t bytes = std::size_t{8} * 1024 * 1024;
    std::size_t depth = 64;
    std::size_t values = 200'000; ///< in the whole document
};

/// A JSON document (RFC 8259) that preserves its input: the order of members, and the spelling of numbers and
/// strings ("1e3", "\u003c"). A config with one changed field has the same bytes everywhere else. Only
/// whitespace between values is lost.
class Json final {
  public:
    enum class Kind { Null, Boolean, Number, String, Array, Object };
    struct Member;

    Json();
    static Json null();
    static Json boolean(bool value);
    static Json number(std::int64_t value);
    /// `value` must be UTF-8; throws Error{Usage} otherwise.
    static Json string(std::string_view value);
    static Json strings(const std::vector<std::string>& values);
    static Json array();
    static Json object();

    /// Strict: exactly one value, valid UTF-8, no duplicate names in an object, within the limits. Throws
    /// Error{Image} naming `what` ("manifest.json") with the line and column.
    static Json parse(std::string_view bytes, std::string_view what, const JsonLimits& limits = {});

    Kind kind() const { return m_kind; }
    bool isNull() const { return m_kind == Kind::Null; }
    bool isObject() const { return m_kind == Kind::Object; }
    bool isArray() const { return m_kind == Kind::Array; }
    bool isString() const { return m_kind == Kind::String; }

    /// A number, string, true, false or null as spelled in the document.
    std::string_view text() const { return m_text; }
    /// The decoded value of a string; empty for other kinds.
    std::string string() const;
    /// The items of an array; empty for other kinds.
    const std::vector<Json>& items() const { return m_items; }
    /// The members of an object; empty for other kinds.
    const std::vector<Member>& members() const { return m_members; }

    /// The value of a member; nullptr if there is none.
    const Json* find(std::string_view name) const;
    Json* find(std::string_view name);
    /// Replaces the value of a member in place, or appends the member. Turns a null into an object.
    Json& set(std::string_view name, Json value);
    void erase(std::string_view name);
    /// Appends to an array. Turns a null into an array.
    void append(Json value);

    /// The document without whitespace.
    std::string write() const;
    /// The number of values in it, itself included, as JsonLimits counts them.
    std::size_t valueCount() const;

  private:
    friend class JsonParser;
    Json(Kind kind, std::string text);
    void writeTo(std::string& out) const;

    Kind m_kind = Kind::Null;
    std::string m_text = "null";
    std::vector<Json> m_items;
    std::vector<Member> m_members;
};

struct Json::Member {
    std::string name; ///< decoded
    std::string text; ///< as spelled in the document, with its quotes
    Json value;
};

/// The kind in words ("object", "string"), for messages.
std::string_view kindName(Json::Kind kind);

} // namespace rootlayer
