#include "manual/value_kind.hh"

#include <algorithm>

namespace rootlayer::manual {

namespace {

using Words = std::vector<std::string>;

void add(Words& to, const Words& more) {
    for (const auto& word : more) {
        if (std::find(to.begin(), to.end(), word) == to.end()) to.push_back(word);
    }
}

/// "FILE" of "FILE[:DST]"
std::string firstName(const std::string& text) {
    return text.substr(0, text.find_first_of("[:."));
}

void addImage(ValueKind& kind, const std::string& name) {
    if (name == "IMAGE") {
        add(kind.filePrefixes, {"docker-archive:", "oci-archive:", "tar:", "disk:"});
        add(kind.treePrefixes, {"oci:", "dir:"});
        add(kind.openPrefixes, {"docker://"});
        add(kind.words, {"scratch"});
    } else if (name == "ARCHIVE" || name == "OUTPUT") {
        add(kind.filePrefixes, {"docker-archive:", "oci-archive:"});
        add(kind.treePrefixes, {"oci:"});
        if (name == "OUTPUT") add(kind.openPrefixes, {"docker://"});
        if (name == "OUTPUT") kind.files = true;
    } else if (name == "TREE") {
        add(kind.filePrefixes, {"disk:"});
        add(kind.treePrefixes, {"dir:"});
        kind.files = true;
    }
}

void addAlternative(ValueKind& kind, const std::string& text) {
    const auto name = firstName(text);
    if (name == "FILE" || name == "LAYER") {
        kind.files = true;
    } else if (name == "DIRECTORY") {
        kind.directories = true;
    } else if (!name.empty() &&
               std::all_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; })) {
        add(kind.words, {text});
    } else {
        addImage(kind, name);
    }
}

} // namespace

bool ValueKind::empty() const {
    return !files && !directories && words.empty() && filePrefixes.empty() && treePrefixes.empty() &&
           openPrefixes.empty();
}

ValueKind valueKind(const std::string& placeholder) {
    ValueKind kind;
    for (std::size_t at = 0; at < placeholder.size();) {
        const auto end = std::min(placeholder.find('|', at), placeholder.size());
        addAlternative(kind, placeholder.substr(at, end - at));
        at = end + 1;
    }
    return kind;
}

} // namespace rootlayer::manual
