#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hh"
#include "base/json.hh"
#include "oci/platform.hh"

namespace rootlayer::oci {

/// An image's configuration (OCI config.md; Docker's is the same with more fields). Whatever is not changed
/// is kept as it was written: unknown fields, order, the spelling of numbers and strings.
class ImageConfig final {
  public:
    /// Strict; throws Error{Image} naming `what`. The history may have fewer or more layers than there are
    /// diff_ids, and null entries: the image's files do not depend on it.
    static ImageConfig parse(std::string_view bytes, const std::string& what);
    static ImageConfig from(Json document, const std::string& what);
    /// No layers, nothing to run.
    static ImageConfig empty(const Platform& platform);

    const Platform& platform() const { return m_platform; }
    /// Bottom first.
    const std::vector<Digest>& diffIds() const { return m_diffIds; }

    /// Fields of "config", which says how to run the image ("Env", "Cmd", "Entrypoint", "Shell", "User",
    /// "WorkingDir", ...). Empty if absent.
    std::vector<std::string> strings(std::string_view field) const;
    std::string string(std::string_view field) const;
    std::map<std::string, std::string> stringMap(std::string_view field) const;
    /// nullptr if absent or null.
    const Json* runtime(std::string_view field) const;
    void setRuntime(std::string_view field, Json value);
    void eraseRuntime(std::string_view field);

    /// Adds a layer on top with its history entry (created, created_by, comment). First makes the history
    /// match the layers: layers without an entry get one that says so, entries without a layer become empty
    /// ones.
    void addLayer(const Digest& diffId, Json history);
    /// Removes all layers and their history, for an image that is squashed into one layer.
    void clearLayers();
    /// Adds a history entry for a change without a layer.
    void addEmptyHistory(Json history);

    /// The whole document, for fields without an accessor ("created", "author").
    const Json& document() const { return m_document; }
    Json& document() { return m_document; }
    /// The document without white space. Not the bytes that were read, even if nothing was changed.
    std::string write() const { return m_document.write(); }

  private:
    ImageConfig(Json document, const std::string& what);
    void readRootfs(const std::string& what);
    void readHistory(const std::string& what);
    Json& member(std::string_view name, const Json& otherwise);

    Json m_document;
    Platform m_platform;
    std::vector<Digest> m_diffIds;
    std::size_t m_layersInHistory = 0;
};

} // namespace rootlayer::oci
