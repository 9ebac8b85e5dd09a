#include "store/layer_store.hh"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <rootlayer/error.hh>

#include "base/byte_progress.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "base/last_user.hh"
#include "base/system_error.hh"
#include "store/layer_filter.hh"
#include "store/layer_index.hh"
#include "store/lower_layers.hh"
#include "store/overlay_tar.hh"
#include "store/tar2sqfs.hh"
#include "store/unrepresentable_attributes.hh"
#include "tar/tar_end.hh"

namespace rootlayer::store {

namespace {

constexpr const char* kDisk = "disk.squashfs";
constexpr const char* kIndex = "index";
constexpr const char* kAcls = "acls"; // absent if there are none
constexpr const char* kAclsLeft = "acls-left";
/// Layers whose disk is at most this large are bundled. Converting such a layer twice is cheap.
constexpr std::uint64_t kSmall = std::uint64_t{1} << 20;
constexpr const char* kPhase = "convert";

// Increase the number whenever the same layer would give another disk or index.
std::string ownName(const Digest& diffId) {
    return "own3-" + diffId.hex();
}
std::string chainName(const Digest& chain) {
    return "chain3-" + chain.hex();
}

/// Converts one layer, given those below.
class Conversion final {
  public:
    Conversion(const layer::OpenableLayer& layer, std::vector<ConvertedLayer> below, Observer* observer,
               const CancelToken* cancel)
        : m_layer(layer), m_lower(std::move(below)), m_filter(m_lower, cancel), m_observer(observer),
          m_cancel(cancel) {}

    Seal run(const std::string& directory) {
        // A second pass is needed only if a name with data was taken again. It always succeeds.
        if (!pass(directory)) pass(directory);
        if (!m_layer.vouched) tar::requireNothingAfter(m_filter.end());
        writeLayerIndex(m_filter.tree(), directory + "/" + kIndex, m_cancel);
        Seal seal;
        seal.facts["diff-id"] = m_layer.diffId.str();
        m_filter.losses().writeTo(seal.facts);
        m_filter.end().writeTo(seal.facts);
        seal.add(directory, kDisk, m_cancel);
        seal.add(directory, kIndex, m_cancel);
        addAcls(directory, seal);
        if (!m_filter.tree().dependsOnLower()) seal.name = ownName(m_layer.diffId);
        return seal;
    }

  private:
    bool pass(const std::string& directory) {
        const auto source = m_layer.open();
        ReportingSource reporting(*source, m_observer, kPhase, m_layer.sizeHint);
        return makeSquashfs(
            directory + "/" + kDisk, [&](Sink& tar) { return m_filter.run(reporting, tar); }, m_cancel);
    }

    void addAcls(const std::string& directory, Seal& seal) {
        const auto acls = aclsOf(m_filter.tree());
        if (acls.left > 0) seal.facts[kAclsLeft] = std::to_string(acls.left);
        if (acls.items.empty()) return;
        const auto path = directory + "/" + kAcls;
        const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!fd) throw systemError(fmt::format("cannot create {}", quote(path)));
        FdSink(fd.get(), quote(path)).write(layer::encodeAcls(acls.items));
        seal.add(directory, kAcls);
    }

    const layer::OpenableLayer& m_layer;
    LowerLayers m_lower;
    LayerFilter m_filter;
    Observer* m_observer;
    const CancelToken* m_cancel;
};

void warn(const std::string& text, Observer& observer) {
    observer.onEvent({.kind = Event::Kind::Warning, .phase = kPhase, .text = text});
}

/// 0 if the file does not exist.
std::uint64_t inodeOf(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

void tellDamage(const Seal& seal, const std::string& what, Observer* observer) {
    if (observer == nullptr || seal.damage.empty()) return;
    warn(fmt::format("{} was damaged in the cache and was made again: {}", what, seal.damage), *observer);
}

/// Called at every use, not only at the conversion: every run lacks these attributes.
void reportUnrepresentable(const Seal& seal, const std::string& layer, Observer& observer) {
    for (const auto& sentence : UnrepresentableAttributes::readFrom(seal.facts).sentences(layer))
        warn(sentence, observer);
}

/// Checked at every use: the conversion may have been for a layer with the same bytes that was vouched for.
void checkEnd(const Seal& seal, const std::string& layer, Observer* observer) {
    const auto end = tar::TarEnd::readFrom(seal.facts);
    tar::requireNothingAfter(end);
    const auto warning = tar::warningOf(end, layer);
    if (!warning.empty() && observer != nullptr) warn(warning, *observer);
}

bool hasFile(const Seal& seal, const char* name) {
    return std::any_of(seal.files.begin(), seal.files.end(),
                       [&](const auto& file) { return file.name == name; });
}

/// The cache entry of the layer, which is converted if it is missing.
Seal kept(const DirectoryCache& cache, const layer::OpenableLayer& layer, const Digest& chain,
          const std::vector<ConvertedLayer>& below, Observer* observer, const CancelToken* cancel) {
    const std::vector<std::string> names{chainName(chain), ownName(layer.diffId)};
    const auto fill = [&](const std::string& directory) {
        return Conversion(layer, below, observer, cancel).run(directory);
    };
    return cache.ensure(names, fill, cancel);
}

std::string bundleName(const Digest& chain) {
    return "bundle2-" + chain.hex();
}

/// How many of `small` consecutive small layers go into the next disk. Powers of two, so that a base with one
/// more layer needs at most one new disk and reuses the others.
std::size_t bundleOf(std::size_t small) {
    for (const std::size_t count : {64U, 32U, 16U, 8U, 4U}) {
        if (small >= count) return count;
    }
    return 1;
}

/// Converts several layers, which have been converted one by one before, into the directories of one disk.
class Bundle final {
  public:
    explicit Bundle(const CancelToken* cancel) : m_cancel(cancel) {}

    void add(const layer::OpenableLayer& layer, std::vector<ConvertedLayer> below) {
        m_parts.push_back(std::make_unique<Part>(layer, std::move(below), m_cancel));
    }
    Seal run(const std::string& directory) {
        if (!pass(directory)) pass(directory);
        Seal seal;
        seal.add(directory, kDisk, m_cancel);
        return seal;
    }

  private:
    struct Part {
        Part(const layer::OpenableLayer& source, std::vector<ConvertedLayer> below, const CancelToken* cancel)
            : layer(source), lower(std::move(below)), filter(lower, cancel) {}
        const layer::OpenableLayer& layer;
        LowerLayers lower;
        LayerFilter filter;
    };

    /// Reads all layers even if one needs a second pass, so that every filter has its plan then.
    bool pass(const std::string& directory) {
        bool whole = true;
        makeSquashfs(
            directory + "/" + kDisk,
            [&](Sink& tar) {
                for (std::size_t i = 0; i < m_parts.size(); ++i) {
                    const auto source = m_parts[i]->layer.open();
                    whole = m_parts[i]->filter.run(*source, tar, std::to_string(i)) && whole;
                }
                if (whole) OverlayTar(tar).finish();
                return whole;
            },
            m_cancel);
        return whole;
    }

    const CancelToken* m_cancel;
    std::vector<std::unique_ptr<Part>> m_parts;
};

} // namespace

LayerStore::LayerStore(const std::string& directory) : m_cache(directory) {}

/// A layer that has been converted.
struct LayerStore::Kept {
    LayerDisk disk;
    ConvertedLayer files;
    Digest chain;
    std::string acls; ///< path of the file with its ACLs; "" if it has none
    std::uint64_t aclsLeft = 0;
};

BaseAcls LayerStore::baseAcls(const std::vector<Kept>& kept, const CancelToken* cancel) {
    std::vector<ConvertedLayer> layers;
    std::vector<std::string> files;
    std::uint64_t left = 0;
    for (const auto& each : kept) {
        layers.push_back(each.files);
        files.push_back(each.acls);
        left += each.aclsLeft;
    }
    auto acls = mergeAcls(layers, files, cancel);
    acls.left += left;
    return acls;
}

std::vector<LayerStore::Kept> LayerStore::keptLayers(const std::vector<layer::OpenableLayer>& layers,
                                                     Observer* observer, const CancelToken* cancel,
                                                     const std::string& user) const {
    std::vector<Kept> all;
    std::vector<ConvertedLayer> converted;
    Digest chain;
    for (const auto& layer : layers) {
        chain = chainId(chain, layer.diffId);
        const auto shown = fmt::format("base layer {} ({})", converted.size() + 1, layer.diffId.str());
        CacheHold hold;
        std::string acls;
        std::uint64_t aclsLeft = 0;
        try {
            const auto entry = kept(m_cache, layer, chain, converted, observer, cancel);
            const auto directory = m_cache.path(entry.name);
            hold = entry.hold;
            if (hasFile(entry, kAcls)) acls = directory + "/" + kAcls;
            if (entry.facts.contains(kAclsLeft))
                aclsLeft = std::strtoull(entry.fact(kAclsLeft).c_str(), nullptr, 10);
            rememberUser(directory, user);
            converted.push_back({directory + "/" + kDisk, directory + "/" + kIndex});
            tellDamage(entry, shown, observer);
            if (observer != nullptr) reportUnrepresentable(entry, shown, *observer);
            if (!layer.vouched) checkEnd(entry, shown, observer);
        } catch (Error& error) {
            error.addContext(shown);
            throw;
        }
        const auto disk = openInput(converted.back().disk, "converted layer");
        const auto& path = converted.back().disk;
        all.push_back({{path, fileSize(disk.get()), std::move(hold), 0, inodeOf(path)},
                       converted.back(),
                       chain,
                       acls,
                       aclsLeft});
    }
    return all;
}

LayerDisk LayerStore::bundle(const std::vector<layer::OpenableLayer>& layers, const std::vector<Kept>& kept,
                             std::size_t first, std::size_t count, Observer* observer,
                             const CancelToken* cancel, const std::string& user) const {
    const auto name = fmt::format("{}-{}", bundleName(kept[first + count - 1].chain), count);
    const auto fill = [&](const std::string& directory) {
        std::vector<ConvertedLayer> below;
        for (std::size_t i = 0; i < first; ++i)
            below.push_back(kept[i].files);
        Bundle all(cancel);
        for (std::size_t i = first; i < first + count; ++i) {
            all.add(layers[i], below);
            below.push_back(kept[i].files);
        }
        return all.run(directory);
    };
    const auto entry = m_cache.ensure(name, fill, cancel);
    tellDamage(entry, fmt::format("the disk of base layers {} to {}", first + 1, first + count), observer);
    rememberUser(m_cache.path(entry.name), user);
    const auto path = m_cache.path(entry.name) + "/" + kDisk;
    const auto disk = openInput(path, "converted layers");
    return {path, fileSize(disk.get()), entry.hold, count, inodeOf(path)};
}

std::vector<LayerDisk> LayerStore::disksFor(const std::vector<layer::OpenableLayer>& layers,
                                            Observer* observer, const CancelToken* cancel,
                                            const std::string& user, BaseAcls* acls) const {
    const auto kept = keptLayers(layers, observer, cancel, user);
    if (acls != nullptr) *acls = baseAcls(kept, cancel);
    std::vector<LayerDisk> disks;
    for (std::size_t first = 0; first < kept.size();) {
        const auto small = std::find_if(kept.begin() + static_cast<std::ptrdiff_t>(first), kept.end(),
                                        [](const auto& layer) { return layer.disk.size > kSmall; });
        const auto count = bundleOf(static_cast<std::size_t>(small - kept.begin()) - first);
        try {
            disks.push_back(count > 1 ? bundle(layers, kept, first, count, observer, cancel, user)
                                      : kept[first].disk);
        } catch (const Error& error) {
            // The base may be gone while its converted layers are still cached: use those one by one.
            if (error.code() == ErrorCode::Cancelled) throw;
            for (std::size_t i = first; i < first + count; ++i)
                disks.push_back(kept[i].disk);
        }
        first += count;
    }
    return disks;
}

std::vector<std::string> LayerStore::removeDamaged(const std::vector<LayerDisk>& disks) const {
    std::vector<std::string> found;
    for (const auto& disk : disks) {
        const auto directory = disk.path.substr(0, disk.path.rfind('/'));
        const auto name = directory.substr(directory.rfind('/') + 1);
        const bool replaced = inodeOf(disk.path) != disk.inode;
        const auto damage = replaced ? "another run has replaced it since" : m_cache.damage(name);
        if (damage.empty()) continue;
        if (!replaced) m_cache.remove(name);
        found.push_back(fmt::format("the layer {}: {}", name, damage));
    }
    return found;
}

Digest chainId(const Digest& below, const Digest& diffId) {
    return below.empty() ? diffId : sha256(below.str() + " " + diffId.str());
}

} // namespace rootlayer::store
