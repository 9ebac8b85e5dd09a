#include "store/path_finder.hh"

#include <algorithm>

namespace rootlayer::store {

const Node* PathFinder::find(const Node& root, std::string_view path) {
    auto at = m_trail.rewind(path);
    const auto* const* known = m_trail.last();
    const auto* node = known == nullptr ? &root : *known;
    while (at < path.size()) {
        const auto begin = at == 0 ? 0 : at + 1;
        at = std::min(path.find('/', begin), path.size());
        const auto found = node->children.find(path.substr(begin, at - begin));
        if (found == node->children.end()) return nullptr;
        node = found->second.get();
        m_trail.push(at, node);
    }
    return node;
}

} // namespace rootlayer::store
