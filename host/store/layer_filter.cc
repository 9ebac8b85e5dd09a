#include "store/layer_filter.hh"

#include <rootlayer/error.hh>

#include "store/overlay_tar.hh"
#include "tar/foreign_tar.hh"

namespace rootlayer::store {

using layer::Entry;
using layer::EntryType;

namespace {

constexpr const char* kOpaqueXattr = "trusted.overlay.opaque";

Entry named(const Node& node) {
    Entry entry = node.inode->attributes;
    entry.path = node.path();
    if (node.opaque) entry.xattrs.emplace(kOpaqueXattr, "y");
    return entry;
}

// overlayfs's form of a whiteout (overlayfs.rst, "whiteouts and opaque directories").
Entry whiteout(const Node& node) {
    Entry entry;
    entry.path = node.path();
    entry.type = EntryType::CharDevice;
    return entry;
}

Entry hardLink(const Node& node) {
    Entry entry;
    entry.path = node.path();
    entry.type = EntryType::HardLink;
    entry.linkTarget = node.inode->home->path();
    return entry;
}

} // namespace

bool LayerFilter::run(Source& source, Sink& out, const std::string& directory) {
    m_tree = std::make_unique<LayerTree>();
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
    m_tree->visit([&](Node& node) { findHome(node); });
    m_tree->visit([&](Node& node) { emit(node, tar); });
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
        if (m_cancel != nullptr) m_cancel->check();
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
        for (auto bytes = foreign.data(); !bytes.empty(); bytes = foreign.data())
            tar.data(bytes);
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
    m_plan.emplace();
    for (const auto number : m_dataEntries)
        m_plan->emplace(number, std::nullopt);
    m_tree->visit([&](const Node& node) {
        if (!node.inode || node.inode->dataEntry == 0) return;
        auto& place = m_plan->at(node.inode->dataEntry);
        // The entry's own name if it still has it, else the first of its hard links.
        if (!place || node.id == node.inode->placedAt) place = node.path();
    });
}

/// Marks the name under which the data was written; the other names become hard links to it.
void LayerFilter::findHome(const Node& node) const {
    if (!node.inode || node.inode->dataEntry == 0) return;
    const auto moved = m_plan ? m_plan->find(node.inode->dataEntry) : Plan::const_iterator();
    const bool isMoved = m_plan && moved != m_plan->end();
    if (isMoved ? moved->second == node.path() : node.id == node.inode->placedAt) node.inode->home = &node;
}

void LayerFilter::emit(const Node& node, OverlayTar& tar) {
    if (!node.inode) {
        tar.add(whiteout(node));
    } else if (node.inode->home == nullptr) {
        emitFirst(node, tar);
    } else if (node.inode->home != &node) {
        tar.add(hardLink(node));
    }
}

void LayerFilter::emitFirst(const Node& node, OverlayTar& tar) {
    auto& inode = *node.inode;
    tar.add(named(node));
    inode.home = &node;
    if (!inode.lowerData) return;
    FunctionSink data([&](std::string_view bytes) { tar.data(bytes); });
    m_lower.copyFile(inode.lowerData->layer, inode.lowerData->path, inode.attributes.size, data, m_cancel);
}

} // namespace rootlayer::store
