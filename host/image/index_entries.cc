#include "image/index_entries.hh"

#include <algorithm>
#include <set>

#include "image/image_name.hh"
#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

/// The entries that are added, by what they replace. An image may have very many names, and an index may.
class Replacement final {
  public:
    explicit Replacement(const std::vector<oci::Descriptor>& entries) {
        for (const oci::Descriptor& entry : entries) {
            const auto tag = entry.annotation(oci::kRefName);
            const auto name = entry.annotation(oci::kImageName);
            m_images.insert(entry.digest);
            if (!name.empty()) m_names.insert(fullImageName(name));
            if (tag.empty()) continue;
            m_tags.insert(tag);
            if (name.empty()) m_bareTags.insert(tag);
        }
    }

    bool replaces(const oci::Descriptor& old) const {
        const auto tag = old.annotation(oci::kRefName);
        const auto name = old.annotation(oci::kImageName);
        if (tag.empty() && name.empty()) return m_images.contains(old.digest);
        if (name.empty()) return m_tags.contains(tag);
        return m_names.contains(fullImageName(name)) || m_bareTags.contains(tag);
    }

    /// Removes the tag from the entry of another image, which keeps its name.
    void takeTag(Json& old) const {
        Json* annotations = old.find("annotations");
        const Json* own = annotations == nullptr ? nullptr : annotations->find(oci::kRefName);
        if (own != nullptr && m_tags.contains(own->string())) annotations->erase(oci::kRefName);
    }

  private:
    std::set<Digest> m_images;
    std::set<std::string> m_names;
    std::set<std::string> m_tags;
    std::set<std::string> m_bareTags; ///< of entries without a name
};

} // namespace

std::vector<oci::Descriptor> indexEntries(const oci::Descriptor& manifest,
                                          const std::vector<std::string>& names, const std::string& tag) {
    std::vector<oci::Descriptor> entries;
    std::set<std::string> tags;
    const auto add = [&](const std::string& name, const std::string& refName) {
        oci::Descriptor entry = manifest;
        if (!name.empty()) entry.annotations[oci::kImageName] = fullImageName(name);
        // umoci and skopeo reject a tag that occurs twice as ambiguous.
        if (!refName.empty() && tags.insert(refName).second) entry.annotations[oci::kRefName] = refName;
        entries.push_back(std::move(entry));
    };
    const auto bears = [&](const std::string& name) { return tagOf(name) == tag; };
    const bool borne = tag.empty() || std::any_of(names.begin(), names.end(), bears);
    // The tag goes to the entry of the first name: with a separate entry the layout would have several
    // images.
    for (const std::string& name : names)
        add(name, !borne && entries.empty() ? tag : std::string(tagOf(name)));
    if (entries.empty()) add({}, tag);
    return entries;
}

Json emptyIndex() {
    Json index = Json::object();
    index.set("schemaVersion", Json::number(2));
    index.set("mediaType", Json::string(oci::media_type::kIndex));
    index.set("manifests", Json::array());
    return index;
}

void putEntries(Json& index, const std::vector<oci::Descriptor>& entries, const std::string& what) {
    const Replacement replacement(entries);
    Json manifests = Json::array();
    for (const Json& old : oci::Fields(index, what).items("manifests")) {
        if (replacement.replaces(oci::Descriptor::parse(old, what))) continue;
        Json kept = old;
        replacement.takeTag(kept);
        manifests.append(std::move(kept));
    }
    for (const auto& entry : entries)
        manifests.append(entry.json());
    index.set("manifests", std::move(manifests));
}

} // namespace rootlayer::image
