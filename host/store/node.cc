#include "store/node.hh"

namespace rootlayer::store {

bool Node::isDirectory() const {
    return inode ? inode->attributes.type == layer::EntryType::Directory : implied;
}

std::string Node::path() const {
    // Filled from the end: prepending at each level would be quadratic in the depth.
    std::string result(pathSize, '/');
    auto end = result.size();
    for (const auto* at = this; at->parent != nullptr; at = at->parent) {
        result.replace(end -= at->name.size(), at->name.size(), at->name);
        if (end > 0) --end;
    }
    return result;
}

std::size_t pathSizeBelow(const Node& parent, std::string_view name) {
    return (parent.depth == 0 ? 0 : parent.pathSize + std::size_t{1}) + name.size();
}

} // namespace rootlayer::store
