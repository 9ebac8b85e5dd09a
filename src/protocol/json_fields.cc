#include "protocol/json_fields.hh"

#include <array>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::protocol {

namespace {

constexpr int kDeepest = 32;
constexpr unsigned kMostFields = 100; // of one object: an ordered_json looks through all of them for each one

[[noreturn]] void refuse(const char* key, std::string_view wanted) {
    throw Error(ErrorCode::Protocol, fmt::format("a message's field '{}' is not {}", key, wanted));
}

} // namespace

Json parsePayload(std::string_view payload) {
    std::array<unsigned, kDeepest + 1> fields{}; // by depth, of the object that is read there
    bool tooLarge = false;
    const auto guard = [&](int depth, Json::parse_event_t event, Json&) {
        tooLarge = tooLarge || depth > kDeepest;
        if (tooLarge) return false;
        auto& count = fields.at(static_cast<std::size_t>(depth));
        // An object starts at the depth that it is in; its fields are one deeper.
        if (event == Json::parse_event_t::object_start && depth < kDeepest)
            fields.at(static_cast<std::size_t>(depth) + 1) = 0;
        if (event == Json::parse_event_t::key) tooLarge = ++count > kMostFields;
        return !tooLarge;
    };
    Json value = Json::parse(payload, guard, false);
    if (tooLarge || !value.is_object()) {
        throw Error(ErrorCode::Protocol,
                    fmt::format("a message is not a JSON object of at most {} fields and {} levels",
                                kMostFields, kDeepest));
    }
    return value;
}

const Json& field(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) {
        throw Error(ErrorCode::Protocol, fmt::format("a message has no field '{}'", key));
    }
    return *found;
}

std::uint64_t unsignedField(const Json& object, const char* key) {
    const Json& value = field(object, key);
    if (!value.is_number_unsigned()) refuse(key, "a whole number");
    return value.get<std::uint64_t>();
}

std::uint64_t unsignedField(const Json& object, const char* key, std::uint64_t absent) {
    return object.contains(key) ? unsignedField(object, key) : absent;
}

std::uint16_t portField(const Json& object, const char* key) {
    return portOf(field(object, key));
}

std::uint16_t portOf(const Json& value) {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 && value.get<std::uint64_t>() <= 65535)
        return value.get<std::uint16_t>();
    throw Error(ErrorCode::Protocol, "a message has a port that is not from 1 to 65535");
}

std::int64_t integerField(const Json& object, const char* key) {
    const Json& value = field(object, key);
    if (!value.is_number_integer()) refuse(key, "a whole number");
    return value.get<std::int64_t>();
}

bool booleanField(const Json& object, const char* key) {
    const Json& value = field(object, key);
    if (!value.is_boolean()) refuse(key, "true or false");
    return value.get<bool>();
}

std::string bytesField(const Json& object, const char* key) {
    const Json& value = field(object, key);
    if (!value.is_string()) refuse(key, "a string");
    return fromWire(value.get_ref<const std::string&>());
}

std::string bytesField(const Json& object, const char* key, const std::string& absent) {
    return object.contains(key) ? bytesField(object, key) : absent;
}

std::vector<std::string> bytesListField(const Json& object, const char* key) {
    const Json& value = field(object, key);
    if (!value.is_array()) refuse(key, "a list of strings");
    std::vector<std::string> result;
    for (const auto& item : value) {
        if (!item.is_string()) refuse(key, "a list of strings");
        result.push_back(fromWire(item.get_ref<const std::string&>()));
    }
    return result;
}

Json bytesList(const std::vector<std::string>& values) {
    Json list = Json::array();
    for (const auto& value : values)
        list.push_back(toWire(value));
    return list;
}

} // namespace rootlayer::protocol
