#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rootlayer {

/// What a document may cost us, whoever wrote it.
struct JsonLimits {
    std::size_t bytes = std::size_t{8} * 1024 * 1024;
    std::size_t depth = 64;
    std::size_t values = 200'000; ///< of all kinds, in the whole document
};

/// A JSON document (RFC 8259) that keeps what it was given: members in their order, and numbers and strings
/// in their own spelling ("1e3", "\u003c"), so that a config with one field changed is the same bytes
/// everywhere else. Only blanks between values are lost.
class Json final {
  public:
    enum class Kind { Null, Boolean, Number, String, Array, Object };
    struct Member;

    Json();
    static Json null();
    static Json boolean(bool value);
    static Json number(std::int64_t value);
    /// Of UTF-8; throws Error{Usage} for other bytes.
    static Json string(std::string_view value);
    static Json strings(const std::vector<std::string>& values);
    static Json array();
    static Json object();

    /// Strict: nothing but one value, UTF-8, no name twice in one object, within the limits. Throws
    /// Error{Image} that names `what` ("manifest.json") and the byte where it went wrong.
    static Json parse(std::string_view bytes, std::string_view what, const JsonLimits& limits = {});

    Kind kind() const { return m_kind; }
    bool isNull() const { return m_kind == Kind::Null; }
    bool isObject() const { return m_kind == Kind::Object; }
    bool isArray() const { return m_kind == Kind::Array; }
    bool isString() const { return m_kind == Kind::String; }

    /// A number, string, true, false or null as it is written in the document.
    std::string_view text() const { return m_text; }
    /// Of a string, decoded; empty for other kinds.
    std::string string() const;
    /// Of an array; empty for other kinds.
    const std::vector<Json>& items() const { return m_items; }
    /// Of an object; empty for other kinds.
    const std::vector<Member>& members() const { return m_members; }

    /// The value of a member, or null (the pointer) if there is none.
    const Json* find(std::string_view name) const;
    Json* find(std::string_view name);
    /// Replaces the member's value where it stands, or appends it. An object is made of a null.
    Json& set(std::string_view name, Json value);
    void erase(std::string_view name);
    /// Appends to an array. An array is made of a null.
    void append(Json value);

    /// Without blanks.
    std::string write() const;

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
    std::string text; ///< as it is written, with its quotes
    Json value;
};

/// "Object", "string", for people.
std::string_view kindName(Json::Kind kind);

} // namespace rootlayer
