#include "store/layer_store.hh"

#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/file.hh"
#include "store/layer_filter.hh"
#include "store/layer_index.hh"
#include "store/losses.hh"
#include "store/lower_layers.hh"
#include "store/tar2sqfs.hh"

namespace rootlayer::store {

namespace {

constexpr const char* kDisk = "disk.squashfs";
constexpr const char* kIndex = "index";
constexpr const char* kEmpty = "empty";
constexpr std::size_t kEmptySize = std::size_t{64} << 10;
constexpr std::uint64_t kStep = std::uint64_t{8} << 20; // between two reports
constexpr const char* kPhase = "convert";

// The number goes up whenever the same layer would become another disk or index.
std::string ownName(const Digest& diffId) {
    return "own1-" + diffId.hex();
}
std::string chainName(const Digest& chain) {
    return "chain1-" + chain.hex();
}

/// Passes a layer's bytes on, and tells how far they are.
class ReportingSource final : public Source {
  public:
    ReportingSource(Source& source, std::uint64_t total, Observer* observer)
        : m_source(source), m_total(total), m_observer(observer) {}

    std::size_t read(std::span<char> buffer) override {
        const auto got = m_source.read(buffer);
        m_done += got;
        if (m_observer != nullptr && (m_done >= m_reported + kStep || got == 0)) {
            m_reported = m_done;
            m_observer->onEvent({.kind = Event::Kind::Progress,
                                 .phase = kPhase,
                                 .done = m_done,
                                 .total = std::max(m_total, m_done)});
        }
        return got;
    }

  private:
    Source& m_source;
    std::uint64_t m_total;
    Observer* m_observer;
    std::uint64_t m_done = 0;
    std::uint64_t m_reported = 0;
};

/// Converts one layer, given those below.
class Conversion final {
  public:
    Conversion(const LayerSource& layer, std::vector<ConvertedLayer> below, Observer* observer,
               const CancelToken* cancel)
        : m_layer(layer), m_lower(std::move(below)), m_filter(m_lower, cancel), m_observer(observer),
          m_cancel(cancel) {}

    Seal run(const std::string& folder) {
        // The second pass, which only names that are there twice need, is the last.
        if (!pass(folder)) pass(folder);
        writeLayerIndex(m_filter.tree(), folder + "/" + kIndex);
        Seal seal;
        seal.facts["diff-id"] = m_layer.diffId.str();
        m_filter.losses().writeTo(seal.facts);
        seal.add(folder, kDisk);
        seal.add(folder, kIndex);
        if (!m_filter.tree().dependsOnLower()) seal.name = ownName(m_layer.diffId);
        return seal;
    }

  private:
    bool pass(const std::string& folder) {
        const auto source = m_layer.open();
        ReportingSource reporting(*source, m_layer.sizeHint, m_observer);
        return makeSquashfs(
            folder + "/" + kDisk, [&](Sink& tar) { return m_filter.run(reporting, tar); }, m_cancel);
    }

    const LayerSource& m_layer;
    LowerLayers m_lower;
    LayerFilter m_filter;
    Observer* m_observer;
    const CancelToken* m_cancel;
};

/// Told at every use, not at the conversion alone: the guest misses it every time.
void tellLosses(const Seal& seal, const std::string& layer, Observer& observer) {
    for (const auto& sentence : Losses::readFrom(seal.facts).sentences(layer))
        observer.onEvent({.kind = Event::Kind::Warning, .phase = kPhase, .text = sentence});
}

bool usable(const FolderCache& cache, const std::string& name) {
    return cache.find(name) && looksLikeSquashfs(cache.path(name) + "/" + kDisk);
}

/// The entry in which the layer is kept, now.
Seal kept(const FolderCache& cache, const LayerSource& layer, const Digest& chain,
          const std::vector<ConvertedLayer>& below, Observer* observer, const CancelToken* cancel) {
    const std::vector<std::string> names{chainName(chain), ownName(layer.diffId)};
    for (const auto& name : names) {
        if (cache.find(name) && !usable(cache, name)) cache.remove(name);
    }
    const auto fill = [&](const std::string& folder) {
        return Conversion(layer, below, observer, cancel).run(folder);
    };
    return cache.ensure(names, fill, cancel);
}

} // namespace

LayerStore::LayerStore(const std::string& folder) : m_cache(folder) {}

std::vector<LayerDisk> LayerStore::disksFor(const std::vector<LayerSource>& layers, Observer* observer,
                                            const CancelToken* cancel) const {
    std::vector<LayerDisk> disks;
    std::vector<ConvertedLayer> converted;
    Digest chain;
    for (const auto& layer : layers) {
        chain = chainId(chain, layer.diffId);
        const auto shown = fmt::format("base layer {} ({})", converted.size() + 1, layer.diffId.str());
        CacheHold hold;
        try {
            const auto entry = kept(m_cache, layer, chain, converted, observer, cancel);
            const auto folder = m_cache.path(entry.name);
            hold = entry.hold;
            converted.push_back({folder + "/" + kDisk, folder + "/" + kIndex});
            if (observer != nullptr) tellLosses(entry, shown, *observer);
        } catch (Error& error) {
            throw error.addContext(shown);
        }
        const auto disk = openInput(converted.back().disk, "converted layer");
        disks.push_back({converted.back().disk, fileSize(disk.get()), std::move(hold)});
    }
    return disks;
}

LayerDisk LayerStore::emptyDisk() const {
    const auto fill = [](const std::string& folder) {
        writeFile(folder + "/" + kDisk, std::string(kEmptySize, '\0'));
        Seal seal;
        seal.add(folder, kDisk);
        return seal;
    };
    const auto entry = m_cache.ensure(kEmpty, fill);
    return {m_cache.path(kEmpty) + "/" + kDisk, kEmptySize, entry.hold};
}

std::vector<std::string> LayerStore::damaged() const {
    auto names = m_cache.names();
    std::erase_if(names, [&](const auto& name) { return m_cache.intact(name); });
    return names;
}

Digest chainId(const Digest& below, const Digest& diffId) {
    return below.empty() ? diffId : sha256(below.str() + " " + diffId.str());
}

} // namespace rootlayer::store
