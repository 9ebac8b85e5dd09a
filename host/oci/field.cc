#include "oci/field.hh"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <strings.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::oci {

namespace {

bool sameButCase(const std::string& a, std::string_view b) {
    return a.size() == b.size() && a != b && ::strncasecmp(a.c_str(), b.data(), b.size()) == 0;
}

[[noreturn]] void wrongKind(const std::string& where, const Json& found, std::string_view wanted) {
    throw Error(ErrorCode::Image, fmt::format("{} is a {}, not a {}", where, kindName(found.kind()), wanted));
}

} // namespace

Fields::Fields(const Json& value, std::string what) : m_value(value), m_what(std::move(what)) {
    if (!value.isObject()) wrongKind(m_what, value, "JSON object");
}

std::string Fields::where(std::string_view field) const {
    return fmt::format("{}: the field {}", m_what, quote(field));
}

const Json* Fields::find(std::string_view field) const {
    for (const Json::Member& member : m_value.members()) {
        if (sameButCase(member.name, field)) {
            throw Error(ErrorCode::Image, fmt::format("{}: the field {} is spelled {}", m_what, quote(field),
                                                      quote(member.name)));
        }
    }
    const Json* found = m_value.find(field);
    return found == nullptr || found->isNull() ? nullptr : found;
}

const Json* Fields::findKind(std::string_view field, Json::Kind kind) const {
    const Json* found = find(field);
    if (found != nullptr && found->kind() != kind) wrongKind(where(field), *found, kindName(kind));
    return found;
}

const Json& Fields::require(std::string_view field) const {
    const Json* found = find(field);
    if (found == nullptr) throw Error(ErrorCode::Image, fmt::format("{} is missing", where(field)));
    return *found;
}

std::string Fields::text(std::string_view field) const {
    const Json* found = findKind(field, Json::Kind::String);
    return found == nullptr ? std::string() : found->string();
}

const std::vector<Json>& Fields::items(std::string_view field) const {
    static const std::vector<Json> none;
    const Json* found = findKind(field, Json::Kind::Array);
    return found == nullptr ? none : found->items();
}

std::vector<std::string> Fields::texts(std::string_view field) const {
    std::vector<std::string> result;
    for (const Json& item : items(field)) {
        if (!item.isString()) wrongKind(where(field), item, "string");
        result.push_back(item.string());
    }
    return result;
}

std::map<std::string, std::string> Fields::textMap(std::string_view field) const {
    std::map<std::string, std::string> result;
    const Json* found = findKind(field, Json::Kind::Object);
    if (found == nullptr) return result;
    for (const Json::Member& member : found->members()) {
        if (!member.value.isString()) wrongKind(where(field), member.value, "string");
        result.emplace(member.name, member.value.string());
    }
    return result;
}

Digest Fields::digest(std::string_view field) const {
    const Json& found = require(field);
    if (!found.isString()) wrongKind(where(field), found, "digest");
    try {
        return Digest::parse(found.string());
    } catch (Error& error) {
        error.addContext(where(field));
        throw;
    }
}

std::uint64_t Fields::size(std::string_view field) const {
    const std::string_view text = require(field).text();
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size() || value < 0) {
        throw Error(ErrorCode::Image,
                    fmt::format("{} is {}, which is not a size", where(field), escaped(text.substr(0, 100))));
    }
    return static_cast<std::uint64_t>(value);
}

} // namespace rootlayer::oci
