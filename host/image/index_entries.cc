#include "image/index_entries.hh"

#include <algorithm>
#include <set>

#include "image/image_name.hh"
#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

/// Removes the tag from the entry of another image, which keeps its name.
void takeTag(Json& old, const std::string& tag) {
    Json* annotations = old.find("annotations");
    if (annotations == nullptr || tag.empty()) return;
    const Json* own = annotations->find(oci::kRefName);
    if (own != nullptr && own->string() == tag) annotations->erase(oci::kRefName);
}

bool isReplacedBy(const oci::Descriptor& old, const oci::Descriptor& entry) {
    const auto tag = old.annotation(oci::kRefName);
    const auto name = old.annotation(oci::kImageName);
    if (tag.empty() && name.empty()) return old.digest == entry.digest;
    const auto newName = entry.annotation(oci::kImageName);
    if (!name.empty() && !newName.empty()) return fullImageName(name) == fullImageName(newName);
    return !tag.empty() && tag == entry.annotation(oci::kRefName);
}

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
    Json manifests = Json::array();
    for (const Json& old : oci::Fields(index, what).items("manifests")) {
        const auto descriptor = oci::Descriptor::parse(old, what);
        const bool replaced = std::any_of(entries.begin(), entries.end(),
                                          [&](const auto& entry) { return isReplacedBy(descriptor, entry); });
        if (replaced) continue;
        Json kept = old;
        for (const auto& entry : entries)
            takeTag(kept, entry.annotation(oci::kRefName));
        manifests.append(std::move(kept));
    }
    for (const auto& entry : entries)
        manifests.append(entry.json());
    index.set("manifests", std::move(manifests));
}

} // namespace rootlayer::image
