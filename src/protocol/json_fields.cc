#include "protocol/json_fields.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"

namespace rootlayer::protocol {

namespace {

constexpr int kDeepest = 32;

[[noreturn]] void refuse(const char* key, std::string_view wanted) {
    throw Error(ErrorCode::Protocol, fmt::format("a message's field '{}' is not {}", key, wanted));
}

} // namespace

Json parsePayload(std::string_view payload) {
    bool tooDeep = false;
    const auto guard = [&](int depth, Json::parse_event_t, Json&) {
        tooDeep = tooDeep || depth > kDeepest;
        return !tooDeep;
    };
    Json value = Json::parse(payload, guard, false);
    if (tooDeep || !value.is_object()) throw Error(ErrorCode::Protocol, "a message is not a JSON object");
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
