#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

/// Reading and writing the fields of a payload; private to src/protocol.
namespace rootlayer::protocol {

using Json = nlohmann::ordered_json;

/// Parses one JSON object of at most 32 levels with at most 100 fields in each object; the frame limits it to
/// 1 MiB. Throws Error{Protocol}.
Json parsePayload(std::string_view payload);

/// Each throws Error{Protocol} naming the field if it is missing or has another type.
std::uint64_t unsignedField(const Json& object, const char* key);
std::int64_t integerField(const Json& object, const char* key);
bool booleanField(const Json& object, const char* key);
std::string bytesField(const Json& object, const char* key);
std::uint16_t portOf(const Json& value);
std::uint16_t portField(const Json& object, const char* key);
std::vector<std::string> bytesListField(const Json& object, const char* key);
const Json& field(const Json& object, const char* key);

/// The same, but returns `absent` if the field is missing.
std::uint64_t unsignedField(const Json& object, const char* key, std::uint64_t absent);
std::string bytesField(const Json& object, const char* key, const std::string& absent);

Json bytesList(const std::vector<std::string>& values);

} // namespace rootlayer::protocol
