#include "image/index_entries.hh"

#include <algorithm>

#include "image/image_name.hh"
#include "oci/field.hh"
#include "oci/media_type.hh"

namespace rootlayer::image {

namespace {

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
    const auto add = [&](std::map<std::string, std::string> annotations) {
        entries.push_back(manifest);
        entries.back().annotations = std::move(annotations);
    };
    for (const std::string& name : names) {
        add({{oci::kImageName, fullImageName(name)}, {oci::kRefName, std::string(tagOf(name))}});
    }
    if (!tag.empty()) add({{oci::kRefName, tag}});
    if (entries.empty()) add({});
    return entries;
}

oci::Json emptyIndex() {
    oci::Json index = oci::Json::object();
    index.set("schemaVersion", oci::Json::number(2));
    index.set("mediaType", oci::Json::string(oci::media_type::kIndex));
    index.set("manifests", oci::Json::array());
    return index;
}

void putEntries(oci::Json& index, const std::vector<oci::Descriptor>& entries, const std::string& what) {
    oci::Json manifests = oci::Json::array();
    for (const oci::Json& old : oci::Fields(index, what).items("manifests")) {
        const auto descriptor = oci::Descriptor::parse(old, what);
        const bool replaced = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
            return isReplacedBy(descriptor, entry);
        });
        if (!replaced) manifests.append(old);
    }
    for (const auto& entry : entries)
        manifests.append(entry.json());
    index.set("manifests", std::move(manifests));
}

} // namespace rootlayer::image
