#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

/// Reading and writing the fields of a payload; private to this floor.
namespace rootlayer::protocol {

using Json = nlohmann::ordered_json;

/// One JSON object, 1 MiB at the most by the frame; at most 32 levels. Throws Error{Protocol}.
Json parsePayload(std::string_view payload);

/// Each throws Error{Protocol} naming the field when it is missing or of another type.
std::uint64_t unsignedField(const Json& object, const char* key);
std::int64_t integerField(const Json& object, const char* key);
bool booleanField(const Json& object, const char* key);
std::string bytesField(const Json& object, const char* key);
std::vector<std::string> bytesListField(const Json& object, const char* key);
const Json& field(const Json& object, const char* key);

/// The same, with a default for a field that is not there.
std::uint64_t unsignedField(const Json& object, const char* key, std::uint64_t absent);
std::string bytesField(const Json& object, const char* key, const std::string& absent);

Json bytesList(const std::vector<std::string>& values);

} // namespace rootlayer::protocol
