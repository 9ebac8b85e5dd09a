#include "store/layer_filter.hh"

#include <algorithm>
#include <cstdint>

#include <rootlayer/error.hh>

#include "store/node_memory.hh"
#include "store/overlay_tar.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

constexpr const char* kOpaqueXattr = "trusted.overlay.opaque";

Entry named(const Node& node, const std::string& path) {
    Entry entry = node.inode->attributes;
    entry.path = path;
    if (node.opaque) entry.xattrs.emplace(kOpaqueXattr, "y");
    return entry;
}

// overlayfs's form of a whiteout (overlayfs.rst, "whiteouts and opaque directories").
Entry whiteout(const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::CharDevice;
    return entry;
}

Entry hardLink(const Node& node, const std::string& path) {
    Entry entry;
    entry.path = path;
    entry.type = EntryType::HardLink;
    entry.linkTarget = node.inode->home->path();
    return entry;
}

} // namespace

bool LayerFilter::run(Source& source, Sink& out, const std::string& directory) {
    m_tree = std::make_unique<LayerTree>(LayerTree::Purpose::Squashfs, m_cancel);
    m_tree->takeMemory(m_planMemory);
    m_dataEntries.clear();
    m_losses = {};
    OverlayTar tar(out, directory);
    readEntries(source, tar);
    m_tree->finish([&](const std::string& path) { return m_lower.find(path); });
    if (stopped()) {
        makePlan();
        return false;
    }
    // Homes must be known before any hard link is written.
    m_tree->visit([&](Node& node, const std::string& path) { findHome(node, path); });
    m_tree->visit([&](Node& node, const std::string& path) { emit(node, path, tar); });
    tar.finish();
    return true;
}

// Data that has been written under a name that a later entry took cannot be undone.
bool LayerFilter::stopped() const {
    return m_tree->conflicted() && !m_plan;
}

void LayerFilter::readEntries(Source& source, OverlayTar& tar) {
    tar::ForeignTar foreign(source);
    while (const auto* entry = foreign.next()) {
        look();
        m_losses.count(*entry);
        const auto* node = m_tree->add(foreign.number(), *entry);
        if (node == nullptr || node->inode->dataEntry == 0) continue;
        m_dataEntries.push_back(foreign.number());
        if (stopped()) continue;
        const auto path = placeOf(*node);
        if (!path) continue;
        auto file = node->inode->attributes;
        file.path = *path;
        tar.add(file);
        for (auto bytes = foreign.data(); !bytes.empty(); bytes = foreign.data()) {
            look(); // holes are long, and nothing is read for them
            tar.data(bytes);
        }
    }
    m_end = foreign.end();
}

std::optional<std::string> LayerFilter::placeOf(const Node& node) const {
    if (m_plan) {
        const auto moved = m_plan->find(node.inode->dataEntry);
        if (moved != m_plan->end()) return moved->second;
    }
    return node.path();
}

void LayerFilter::makePlan() {
    std::vector<bool> inPlace(m_dataEntries.size());
    const auto isInPlace = [&](std::uint64_t number) -> std::vector<bool>::reference {
        const auto found = std::lower_bound(m_dataEntries.begin(), m_dataEntries.end(), number);
        return inPlace[static_cast<std::size_t>(found - m_dataEntries.begin())];
    };
    m_plan.emplace();
    m_planMemory = 0;
    m_tree->visit([&](const Node& node, const std::string& path) {
        if (!node.inode || node.inode->dataEntry == 0) return;
        const auto number = node.inode->dataEntry;
        // The entry's own name if it still has it, else the first of its hard links.
        if (node.id == node.inode->placedAt) {
            isInPlace(number) = true;
            m_plan->erase(number);
        } else if (!isInPlace(number)) {
            plan(number, path);
        }
    });
    for (std::size_t i = 0; i < m_dataEntries.size(); ++i) {
        if (!inPlace[i]) plan(m_dataEntries[i], std::nullopt);
    }
}

void LayerFilter::plan(std::uint64_t number, std::optional<std::string> place) {
    constexpr std::uint64_t node = 112;
    const auto memory = node + (place ? memoryOf(*place) : 0);
    if (!m_plan->emplace(number, std::move(place)).second) return;
    m_tree->takeMemory(memory);
    m_planMemory += memory;
}

/// Marks the name under which the data was written; the other names become hard links to it.
void LayerFilter::findHome(const Node& node, const std::string& path) const {
    if (!node.inode || node.inode->dataEntry == 0) return;
    const auto moved = m_plan ? m_plan->find(node.inode->dataEntry) : Plan::const_iterator();
    const bool isMoved = m_plan && moved != m_plan->end();
    if (isMoved ? moved->second == path : node.id == node.inode->placedAt) node.inode->home = &node;
}

void LayerFilter::emit(const Node& node, const std::string& path, OverlayTar& tar) {
    if (!node.inode) {
        tar.add(whiteout(path));
    } else if (node.inode->home == nullptr) {
        emitFirst(node, path, tar);
    } else if (node.inode->home != &node) {
        tar.add(hardLink(node, path));
    }
}

void LayerFilter::emitFirst(const Node& node, const std::string& path, OverlayTar& tar) {
    auto& inode = *node.inode;
    tar.add(named(node, path));
    inode.home = &node;
    if (!inode.lowerData) return;
    FunctionSink data([&](std::string_view bytes) { tar.data(bytes); });
    m_lower.copyFile(inode.lowerData->layer, inode.lowerData->path, inode.attributes.size, data, m_cancel);
}

} // namespace rootlayer::store
