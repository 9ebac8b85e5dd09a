#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hh"
#include "base/json.hh"

namespace rootlayer::oci {

/// Strict access to the fields of a JSON object. A field whose name differs from the requested one only in
/// case is an error, because Go's decoder, which other tools use, would accept it. All members throw
/// Error{Image} naming the document and the field. A null value counts as absent.
class Fields final {
  public:
    /// Throws unless `value` is an object.
    Fields(const Json& value, std::string what);

    /// nullptr if absent or null.
    const Json* find(std::string_view field) const;
    bool has(std::string_view field) const { return find(field) != nullptr; }

    /// Empty if absent.
    std::string text(std::string_view field) const;
    std::vector<std::string> texts(std::string_view field) const;
    std::map<std::string, std::string> textMap(std::string_view field) const;
    const std::vector<Json>& items(std::string_view field) const;

    /// These throw if the field is absent.
    const Json& require(std::string_view field) const;
    Digest digest(std::string_view field) const;
    /// An int64 >= 0 (OCI descriptor.md, "size").
    std::uint64_t size(std::string_view field) const;

    const std::string& what() const { return m_what; }
    /// The start of an error message: manifest.json: the field "layers"
    std::string where(std::string_view field) const;

  private:
    const Json* findKind(std::string_view field, Json::Kind kind) const;

    const Json& m_value;
    std::string m_what;
};

} // namespace rootlayer::oci
