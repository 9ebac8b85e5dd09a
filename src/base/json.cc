#include "base/json.hh"

#include <algorithm>
#include <cstdint>

#include "base/json_string.hh"

namespace rootlayer {

// Not in the class: a vector of an incomplete type can be declared there, but not constructed.
Json::Json() = default;

Json::Json(Kind kind, std::string text) : m_kind(kind), m_text(std::move(text)) {}

Json Json::null() {
    return {};
}

Json Json::array() {
    return Json(Kind::Array, {});
}

Json Json::object() {
    return Json(Kind::Object, {});
}

Json Json::boolean(bool value) {
    return Json(Kind::Boolean, value ? "true" : "false");
}

Json Json::number(std::int64_t value) {
    return Json(Kind::Number, std::to_string(value));
}

Json Json::string(std::string_view value) {
    return Json(Kind::String, encodeJsonString(value));
}

Json Json::strings(const std::vector<std::string>& values) {
    Json list = array();
    for (const std::string& value : values)
        list.append(string(value));
    return list;
}

std::string Json::string() const {
    return isString() ? decodeJsonString(m_text) : std::string();
}

Json* Json::find(std::string_view name) {
    const auto found = std::find_if(m_members.begin(), m_members.end(),
                                    [&](const Member& member) { return member.name == name; });
    return found == m_members.end() ? nullptr : &found->value;
}

const Json* Json::find(std::string_view name) const {
    return const_cast<Json*>(this)->find(name);
}

Json& Json::set(std::string_view name, Json value) {
    if (isNull()) *this = object();
    if (Json* present = find(name)) return *present = std::move(value);
    return m_members.emplace_back(Member{std::string(name), encodeJsonString(name), std::move(value)}).value;
}

void Json::erase(std::string_view name) {
    std::erase_if(m_members, [&](const Member& member) { return member.name == name; });
}

void Json::append(Json value) {
    if (isNull()) *this = array();
    m_items.push_back(std::move(value));
}

std::string Json::write() const {
    std::string out;
    writeTo(out);
    return out;
}

void Json::writeTo(std::string& out) const {
    if (isArray()) {
        char separator = '[';
        for (const Json& item : m_items) {
            out += separator;
            item.writeTo(out);
            separator = ',';
        }
        out += m_items.empty() ? "[]" : "]";
    } else if (isObject()) {
        char separator = '{';
        for (const Member& member : m_members) {
            out += separator;
            out += member.text;
            out += ':';
            member.value.writeTo(out);
            separator = ',';
        }
        out += m_members.empty() ? "{}" : "}";
    } else {
        out += m_text;
    }
}

std::size_t Json::valueCount() const {
    std::size_t count = 1;
    for (const Json& item : m_items)
        count += item.valueCount();
    for (const Member& member : m_members)
        count += member.value.valueCount();
    return count;
}

std::string_view kindName(Json::Kind kind) {
    switch (kind) {
    case Json::Kind::Null:
        return "null";
    case Json::Kind::Boolean:
        return "boolean";
    case Json::Kind::Number:
        return "number";
    case Json::Kind::String:
        return "string";
    case Json::Kind::Array:
        return "array";
    case Json::Kind::Object:
        return "object";
    }
    return "value";
}

} // namespace rootlayer
