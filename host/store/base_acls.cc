#include "store/base_acls.hh"

#include <algorithm>
#include <cstdint>

#include "base/file.hh"
#include "layer/acl.hh"
#include "layer/order.hh"

namespace rootlayer::store {

namespace {

constexpr std::size_t kMaxNames = 20'000;
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 20;
// It is copied to the scratch disk, which may be as small as 16 MiB.
constexpr std::uint64_t kMaxContent = std::uint64_t{2} << 20;
constexpr std::size_t kMaxSearches = 5 * kMaxNames;
constexpr std::uint64_t kMaxFile = 2 * kMaxBytes; // of one layer

std::string valueOf(const layer::Entry& entry, const char* name) {
    const auto found = entry.xattrs.find(name);
    return found == entry.xattrs.end() ? std::string() : found->second;
}

/// Enforces the limits.
class Room final {
  public:
    bool admits(const layer::AclItem& item) {
        const auto bytes = item.path.size() + item.access.size() + item.defaults.size();
        if (m_names + 1 > kMaxNames || m_bytes + bytes > kMaxBytes || item.size > kMaxContent - m_content)
            return false;
        ++m_names;
        m_bytes += bytes;
        m_content += item.size;
        return true;
    }

  private:
    std::size_t m_names = 0;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_content = 0;
};

} // namespace

BaseAcls aclsOf(LayerTree& tree) {
    BaseAcls result;
    Room room;
    tree.visit([&](const Node& node, const std::string& path) {
        if (!node.inode) return;
        const auto& entry = node.inode->attributes;
        layer::AclItem item{{}, valueOf(entry, layer::kAccessAcl), valueOf(entry, layer::kDefaultAcl)};
        if (item.access.empty() && item.defaults.empty()) return;
        item.path = path;
        if (entry.type == layer::EntryType::File) item.size = entry.size;
        if (room.admits(item)) {
            result.items.push_back(std::move(item));
        } else {
            ++result.left;
        }
    });
    return result;
}

BaseAcls mergeAcls(const std::vector<ConvertedLayer>& layers, const std::vector<std::string>& files,
                   const CancelToken* cancel) {
    const LowerLayers all(layers);
    BaseAcls result;
    Room room;
    std::size_t searches = 0;
    // From the top, where the most items are visible. Hidden items do not count against the limits.
    for (auto layer = layers.size(); layer-- > 0;) {
        if (files[layer].empty()) continue;
        const auto bytes = readFile(files[layer], "ACLs of a cached layer", kMaxFile);
        for (auto& item : layer::decodeAcls(bytes)) {
            if (cancel != nullptr) cancel->check();
            // Each item costs a search in every layer.
            if (++searches > kMaxSearches) {
                ++result.left;
                continue;
            }
            const auto shown = all.find(item.path);
            if (!shown || shown->layer != layer) continue;
            if (room.admits(item)) {
                result.items.push_back(std::move(item));
            } else {
                ++result.left;
            }
        }
    }
    std::sort(result.items.begin(), result.items.end(), [](const auto& one, const auto& other) {
        return layer::comparePaths(one.path, other.path) < 0;
    });
    return result;
}

} // namespace rootlayer::store
