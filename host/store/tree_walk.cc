#include "store/tree_walk.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/rules.hh"

namespace rootlayer::store {

namespace {

constexpr int kMaxLinks = 40; // the kernel's MAXSYMLINKS

[[noreturn]] void refuse(std::string message) {
    throw Error(ErrorCode::Image, std::move(message), "the image is malformed");
}

bool isSymlink(const Node& node) {
    return node.inode && node.inode->attributes.type == layer::EntryType::Symlink;
}

/// A hard link with an unresolved target cannot be a directory: directories have no hard links.
bool blocks(const Node& node) {
    return node.pendingLink || (node.inode && !node.isDirectory());
}

void goUp(Place& place) {
    if (!place.missing.empty()) {
        place.missing.pop_back();
    } else if (place.node->parent != nullptr) {
        place.node = place.node->parent;
    }
}

} // namespace

std::string Place::path() const {
    auto result = node->path();
    for (const auto name : missing) {
        if (!result.empty()) result += '/';
        result += name;
    }
    return result;
}

Place TreeWalk::find(const std::vector<std::string_view>& names, bool followLast) {
    const auto known = takeTrail(names);
    Place place{known == 0 ? &m_root : m_trail.back(), {}};
    m_todo.assign(names.rbegin(), names.rend() - static_cast<std::ptrdiff_t>(known));
    for (int links = 0; !m_todo.empty();) {
        const auto name = m_todo.back();
        m_todo.pop_back();
        if (place.followed) spend(1);
        if (name == "..") { // only in link targets
            goUp(place);
            continue;
        }
        const auto found =
            place.missing.empty() ? place.node->children.find(name) : place.node->children.end();
        if (found == place.node->children.end()) {
            place.missing.push_back(name);
            continue;
        }
        Node& there = *found->second;
        const bool follow = followLast || !m_todo.empty();
        if (follow && isSymlink(there)) {
            if (++links > kMaxLinks)
                refuse(fmt::format("too many levels of symbolic links (more than {}) at {}", kMaxLinks,
                                   quote(there.path())));
            place.followed = true;
            if (there.inode->attributes.linkTarget.starts_with('/')) place.node = &m_root;
            push(there.inode->attributes.linkTarget);
            continue;
        }
        place.node = &there;
        if (follow && blocks(there)) {
            place.missing.assign(m_todo.rbegin(), m_todo.rend());
            place.blocked = true;
            break;
        }
        if (follow && !place.followed) m_trail.push_back(&there);
    }
    return place;
}

/// Cuts the trail to what it shares with `names` and returns its length.
std::size_t TreeWalk::takeTrail(const std::vector<std::string_view>& names) {
    const auto most = std::min(names.size(), m_trail.size());
    std::size_t known = 0;
    while (known < most && m_trail[known]->name == names[known])
        ++known;
    m_trail.resize(known);
    return known;
}

void TreeWalk::forget(const Node& node) {
    if (node.depth > 0 && node.depth <= m_trail.size() && m_trail[node.depth - 1] == &node)
        m_trail.resize(node.depth - 1);
}

void TreeWalk::push(std::string_view target) {
    spend(1 + target.size() / 8); // by length: a target of many "." has no names to count
    const auto first = m_todo.size();
    while (!target.empty()) {
        const auto name = target.substr(0, target.find('/'));
        target.remove_prefix(std::min(name.size() + 1, target.size()));
        if (!name.empty() && name != ".") m_todo.push_back(name);
    }
    std::reverse(m_todo.begin() + static_cast<std::ptrdiff_t>(first), m_todo.end());
}

void TreeWalk::requireFit(const Place& place, std::size_t more) {
    const auto& node = *place.node;
    auto size = more + (node.depth == 0 ? 0 : node.pathSize + std::size_t{1});
    for (const auto name : place.missing)
        size += name.size() + 1;
    spend(node.depth + place.missing.size());
    if (size > layer::kMaxPath + 1)
        refuse(fmt::format("symbolic links lead to a path of more than {} bytes", layer::kMaxPath));
}

void TreeWalk::spend(std::uint64_t steps) {
    if (steps > m_steps) refuse("following the layer's symbolic links takes too many steps");
    m_steps -= steps;
}

} // namespace rootlayer::store
