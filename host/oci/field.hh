#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hh"
#include "base/json.hh"

namespace rootlayer::oci {

/// A JSON object whose fields are known, read strictly. A field that differs from a known one in case alone
/// is refused: Go's decoder, which everybody else uses, would take it for the same. All throw Error{Image}
/// naming the document and the field; null is the same as absent.
class Fields final {
  public:
    /// Throws unless `value` is an object.
    Fields(const Json& value, std::string what);

    /// Null (the pointer) when absent or null.
    const Json* find(std::string_view field) const;
    bool has(std::string_view field) const { return find(field) != nullptr; }

    /// Empty when absent.
    std::string text(std::string_view field) const;
    std::vector<std::string> texts(std::string_view field) const;
    std::map<std::string, std::string> textMap(std::string_view field) const;
    const std::vector<Json>& items(std::string_view field) const;

    /// These must be there.
    const Json& require(std::string_view field) const;
    Digest digest(std::string_view field) const;
    /// An int64 >= 0 (OCI descriptor.md, "size").
    std::uint64_t size(std::string_view field) const;

    const std::string& what() const { return m_what; }
    /// "manifest.json: the field "layers"", to begin a message with.
    std::string where(std::string_view field) const;

  private:
    const Json* findKind(std::string_view field, Json::Kind kind) const;

    const Json& m_value;
    std::string m_what;
};

} // namespace rootlayer::oci
