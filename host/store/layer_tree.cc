#include "store/layer_tree.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <unordered_set>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "layer/acl.hh"
#include "layer/whiteout.hh"
#include "layer/xattr.hh"
#include "store/node_memory.hh"
#include "store/tree_visit.hh"
#include "store/tree_walk.hh"
#include "store/unrepresentable_attributes.hh"
#include "tar/entry_path.hh"
#include "tar/posix_acl.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

constexpr std::size_t kMaxXattrs = 60'000; // tar2sqfs reads pax headers of up to 64 KiB

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
    throw Error(ErrorCode::Image, std::move(message), std::move(hint));
}

bool isOverlays(std::string_view name) {
    return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

// squashfs stores only these namespaces. An overlay attribute could redirect to files elsewhere.
bool isKept(std::string_view name) {
    return (name.starts_with("user.") || name.starts_with("trusted.") || name.starts_with("security.")) &&
           !isOverlays(name);
}

/// A valid ACL that says more than the mode. ACLs that only repeat the mode are in layers for the sake of
/// extractors (T13).
bool isRealAcl(const Entry& entry, const std::string& name, const std::string& value) {
    return tar::isUsableAcl(entry.type, name, value) && !layer::isMinimalAcl(value);
}

/// Keeps ACLs in the tree although OverlayTar does not write them: the guest gets them separately.
Entry forSquashfs(Entry kept) {
    kept.mtime = heldTime(kept.mtime);
    std::erase_if(kept.xattrs, [&](const auto& xattr) {
        return !isKept(xattr.first) && !isRealAcl(kept, xattr.first, xattr.second);
    });
    return kept;
}

// An attribute with an empty value cannot be written into a layer.
Entry forLayer(Entry kept) {
    kept.mtime = std::max<std::int64_t>(kept.mtime, 0);
    std::erase_if(kept.xattrs, [&](const auto& xattr) {
        return !layer::isLayerXattr(xattr.first) || xattr.second.empty() ||
               (tar::isAclName(xattr.first) && !isRealAcl(kept, xattr.first, xattr.second));
    });
    const auto capability = kept.xattrs.find(std::string(layer::kCapabilityXattr));
    if (capability != kept.xattrs.end()) capability->second = layer::portableCapability(capability->second);
    return kept;
}

void check(const Entry& entry) {
    const bool device = entry.type == EntryType::CharDevice || entry.type == EntryType::BlockDevice;
    if (device && entry.type == EntryType::CharDevice && entry.devMajor == 0 && entry.devMinor == 0) {
        refuse("it is the character device 0:0, which overlayfs takes for a whiteout");
    }
    if (entry.type == EntryType::Symlink && (entry.linkTarget.empty() || entry.linkTarget.size() > 4095)) {
        refuse("the target of its symbolic link is empty or too long");
    }
    std::size_t size = 0;
    for (const auto& [name, value] : entry.xattrs) {
        if (name.size() > 255) refuse("the name of an extended attribute has more than 255 bytes");
        size += name.size() + value.size() + 32;
    }
    if (size > kMaxXattrs) refuse(fmt::format("its extended attributes have more than {} bytes", kMaxXattrs));
}

} // namespace

LayerTree::LayerTree(Purpose purpose, const CancelToken* cancel, std::uint64_t memory)
    : m_root(std::make_unique<Node>()), m_walk(std::make_unique<TreeWalk>(*m_root)), m_purpose(purpose),
      m_cancel(cancel), m_budget(memory) {
    m_root->implied = true;
}

LayerTree::~LayerTree() = default;

const Node* LayerTree::add(std::uint64_t number, const Entry& entry) {
    try {
        check(entry);
        m_walk->allowEntry();
        const auto components = tar::entryPath(entry.path);
        if (components.empty()) {
            if (entry.type != EntryType::Directory)
                refuse("it would replace the root with something that is not a directory");
            return place(*m_root, number, entry);
        }
        if (takeMarker(components)) return nullptr;
        return place(descend(components), number, entry);
    } catch (Error& error) {
        error.addContext(fmt::format("entry {} {}", number, quote(entry.path.substr(0, 200))));
        throw;
    }
}

/// Handles whiteouts and aufs's files, whatever their type. False if the entry is none.
bool LayerTree::takeMarker(const std::vector<std::string_view>& components) {
    for (std::size_t i = 0; i < components.size(); ++i) {
        const auto name = components[i];
        const bool last = i + 1 == components.size();
        if (!name.starts_with(layer::kWhiteoutPrefix)) continue;
        const std::vector parents(components.begin(), components.begin() + static_cast<std::ptrdiff_t>(i));
        if (name == layer::kOpaqueMarker && last) {
            parentOf(parents, {}).opaque = true;
            return true;
        }
        if (name.starts_with(layer::kMetaPrefix)) return true;
        if (!last) refuse("it is below a whiteout");
        const auto hidden = name.substr(layer::kWhiteoutPrefix.size());
        if (hidden.empty() || hidden == "." || hidden == "..") {
            refuse(fmt::format("{} is not a valid whiteout", quote(name)), "the image is malformed");
        }
        child(parentOf(parents, hidden), hidden).whiteout = true;
        return true;
    }
    return false;
}

/// The node of an entry. Symlinks on the way are followed; missing parents become directories.
Node& LayerTree::descend(const std::vector<std::string_view>& names) {
    return made(m_walk->find(names), 0);
}

/// The directory at `names`, for a marker about `name` in it.
Node& LayerTree::parentOf(const std::vector<std::string_view>& names, std::string_view name) {
    auto& directory = made(m_walk->find(names, true), name.size() + 1);
    directory.implied = true;
    return directory;
}

Node& LayerTree::made(const Place& place, std::size_t more) {
    if (place.blocked) {
        refuse(
            fmt::format("it is below {}, which is not a directory in this layer", quote(place.node->path())),
            "the image is malformed");
    }
    // Before the names are made: a tree of that depth could not even be destroyed.
    if (place.followed) m_walk->requireFit(place, more);
    Node* node = place.node;
    for (const auto name : place.missing) {
        node->implied = true;
        node = &child(*node, name);
    }
    return *node;
}

Node& LayerTree::child(Node& parent, std::string_view name) {
    const auto found = parent.children.find(name);
    if (found != parent.children.end()) return *found->second;
    const auto pathSize = pathSizeBelow(parent, name);
    m_budget.takeMemory(memoryOfName(name));
    m_budget.takePath(pathSize);
    const auto added = parent.children.emplace(name, std::make_unique<Node>()).first;
    auto& node = *added->second;
    node.id = m_nextId++;
    node.parent = &parent;
    node.name = added->first;
    node.depth = parent.depth + 1;
    node.pathSize = static_cast<std::uint32_t>(pathSize);
    return node;
}

const Node* LayerTree::place(Node& node, std::uint64_t number, const Entry& entry) {
    if (entry.type == EntryType::HardLink) {
        placeLink(node, entry);
        return nullptr;
    }
    // A directory merges with a directory; otherwise the later entry replaces the earlier one.
    if (entry.type != EntryType::Directory || !node.isDirectory()) clear(node);
    auto inode = std::make_shared<Inode>();
    inode->attributes = m_purpose == Purpose::Squashfs ? forSquashfs(entry) : forLayer(entry);
    std::string().swap(inode->attributes.path); // clear() would keep its memory
    inode->placedAt = node.id;
    m_budget.takeMemory(memoryOf(*inode));
    node.inode = std::move(inode);
    if (entry.type == EntryType::File && entry.size > 0) node.inode->dataEntry = number;
    return &node;
}

void LayerTree::placeLink(Node& node, const Entry& entry) {
    const auto components = tar::entryPath(entry.linkTarget);
    const auto target = tar::joined(components);
    const auto found = m_walk->find(components);
    const auto* there = found.missing.empty() ? found.node : nullptr;
    if (there == &node && node.inode) return;
    if (there != nullptr && there->isDirectory()) {
        refuse(fmt::format("it is a hard link to the directory {}", quote(target)));
    }
    if (there != nullptr && there->inode) {
        // Kept alive: clearing the link's old contents may remove the target.
        const auto shared = there->inode;
        clear(node);
        node.inode = shared;
        return;
    }
    clear(node);
    node.pendingLink = std::make_unique<std::string>(target);
    m_budget.takeMemory(blockOf(sizeof target) + memoryOf(*node.pendingLink));
}

void LayerTree::clear(Node& node) {
    if (node.inode && node.inode->dataEntry != 0) m_conflicted = true;
    if (!node.children.empty()) m_conflicted = true;
    m_walk->forget(node);
    node.inode.reset();
    node.pendingLink.reset();
    node.children.clear();
    node.implied = false;
    node.opaque = false;
}

void LayerTree::visit(const std::function<void(Node&, const std::string& path)>& visitor) {
    std::string path;
    visitTree(*m_root, path, m_cancel, visitor);
}

/// The implementation of finish(), which walks the whole tree twice.
struct LayerTree::Finisher {
    LayerTree& tree;
    const LowerLookup& lower;

    void resolveLinks() {
        tree.visit([&](Node& node, const std::string& name) {
            if (node.pendingLink) resolve(node, name);
        });
    }

    void resolve(Node& node, const std::string& name) {
        try {
            resolveChain(node);
        } catch (Error& error) {
            error.addContext(fmt::format("the hard link {} to {}", quote(name), quote(*node.pendingLink)));
            throw;
        }
    }

    /// Resolves all links of a chain at once, so that a long chain is walked only once.
    void resolveChain(Node& first) {
        std::vector<Node*> chain{&first};
        std::unordered_set<const Node*> seen{&first};
        std::shared_ptr<Inode> inode;
        while (!inode) {
            tree.look();
            Node& from = *chain.back();
            const auto found = tree.m_walk->find(tar::entryPath(*from.pendingLink));
            Node* there = found.missing.empty() ? found.node : nullptr;
            // A link to its own name means the lower file with that name.
            if (there == nullptr || there == &from ||
                (!there->inode && !there->pendingLink && !there->implied)) {
                inode = fromLower(found.path());
            } else if (there->isDirectory()) {
                refuse("the target is a directory");
            } else if (there->inode) {
                inode = there->inode;
            } else {
                if (!seen.insert(there).second) refuse("the links form a cycle");
                chain.push_back(there);
            }
        }
        for (auto* link : chain) {
            link->inode = inode;
            link->pendingLink.reset();
        }
    }

    std::shared_ptr<Inode> fromLower(const std::string& target) {
        tree.m_dependsOnLower = true;
        auto& known = copies[target];
        if (known) return known;
        const auto found = lower(target);
        if (!found) refuse("the target is neither in this layer nor in a lower one");
        if (found->attributes.type == EntryType::Directory)
            refuse("the target is a directory in a lower layer");
        known = std::make_shared<Inode>();
        known->attributes = found->attributes;
        if (found->attributes.type == EntryType::File && found->attributes.size > 0) {
            known->lowerData = std::make_unique<LowerFile>(LowerFile{found->layer, target});
        }
        tree.m_budget.takeMemory(memoryOf(*known) + memoryOf(target) + kCopy);
        return known;
    }
    std::map<std::string, std::shared_ptr<Inode>> copies = {};
    static constexpr std::uint64_t kCopy = 128; // of the map's node

    /// `hidden`: a parent directory is opaque, so the lower layers are not visible here.
    void settle(Node& node, bool hidden) {
        tree.look();
        if (node.isDirectory()) {
            node.opaque = !hidden && (node.opaque || node.whiteout) && node.parent != nullptr;
            if (!node.inode) node.inode = impliedDirectory(hidden || node.whiteout);
            node.whiteout = false;
            for (auto& [name, below] : node.children) {
                const PathStep step(path, name);
                settle(*below, hidden || node.opaque);
            }
            std::erase_if(node.children,
                          [](const auto& item) { return !item.second->inode && !item.second->whiteout; });
        } else {
            node.whiteout = node.whiteout && !node.inode && !hidden && hidesSomething();
        }
    }

    /// A whiteout that hides nothing is dropped: overlayfs would list it in a directory that only one layer
    /// has.
    bool hidesSomething() {
        tree.m_dependsOnLower = true;
        return lower(path).has_value();
    }

    std::shared_ptr<Inode> impliedDirectory(bool fresh) {
        auto inode = std::make_shared<Inode>();
        inode->attributes.type = EntryType::Directory;
        inode->attributes.mode = 0755;
        if (!fresh) {
            tree.m_dependsOnLower = true;
            const auto found = lower(path);
            if (found && found->attributes.type == EntryType::Directory)
                inode->attributes = found->attributes;
        }
        tree.m_budget.takeMemory(memoryOf(*inode));
        return inode;
    }

    std::string path = {}; ///< of the node that is being settled
};

void LayerTree::finish(const LowerLookup& lower) {
    Finisher finisher{*this, lower};
    finisher.resolveLinks();
    finisher.settle(*m_root, false);
}

} // namespace rootlayer::store
