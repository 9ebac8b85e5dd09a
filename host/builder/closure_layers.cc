#include "builder/closure_layers.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <map>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "builder/base_layers.hh"
#include "builder/build_step.hh"
#include "builder/closure_graph.hh"
#include "builder/nix_store.hh"
#include "image/directory_source.hh"
#include "image/single_layer.hh"
#include "layer/whiteout.hh"
#include "run/layer_output.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

namespace {

using layer::Entry;
using layer::EntryType;

constexpr std::int64_t kDefaultEpoch = 1; // as for contents
constexpr std::uint32_t kDirectoryMode = 0755;

std::string withoutSlash(std::string path) {
    while (path.ends_with('/'))
        path.pop_back();
    return path;
}

/// The paths of a layer as they are in a tar.
std::vector<std::string> relative(const std::vector<std::string>& paths) {
    std::vector<std::string> result;
    for (const auto& path : paths)
        result.push_back(path.substr(1));
    return result;
}

std::string nameOf(const PlannedLayer& layer) {
    if (layer.paths.size() == 1) return fmt::format("the path {} of the closure", quote(layer.paths.front()));
    return fmt::format("the layer of {} paths of the closure, from {}", layer.paths.size(),
                       quote(layer.paths.front()));
}

/// Owner and times as of contents.
std::function<void(Entry&)> editor(const RunSpec& run) {
    return [keep = run.keepTimes, epoch = run.sourceDateEpoch](Entry& entry) {
        entry.uid = entry.gid = 0;
        if (!keep) entry.mtime = epoch.value_or(kDefaultEpoch);
        if (epoch) entry.mtime = std::min(entry.mtime, *epoch);
    };
}

/// The directories above the paths, as they are in the base.
class Parents final {
  public:
    Parents(const std::vector<image::BaseLayer>& base, std::int64_t time, const CancelToken& cancel,
            Observer& observer)
        : m_base(nullptr, &cancel), m_time(time) {
        for (const auto& layer : base)
            addBaseLayer(m_base, layer, *layer.open(), &observer);
    }

    void add(const std::string& path) {
        for (auto at = layer::parentPath(path); !at.empty(); at = layer::parentPath(at)) {
            if (m_entries.contains(std::string(at))) return;
            m_entries.emplace(at, entryAt(std::string(at), path));
        }
    }
    /// The image's database would replace the base's.
    void refuse(const std::string& database) const {
        if (!m_base.entry(database)) return;
        throw Error(ErrorCode::Input, "--nix-db: the base has a Nix database, which would be lost",
                    "build on its base, with the paths of both");
    }
    const std::map<std::string, Entry>& entries() const { return m_entries; }

  private:
    Entry entryAt(const std::string& directory, const std::string& path) const {
        auto there = m_base.entry(directory);
        if (!there)
            return {.path = directory, .type = EntryType::Directory, .mode = kDirectoryMode, .mtime = m_time};
        if (there->type == EntryType::Directory) {
            there->path = directory;
            return *there;
        }
        const bool link = there->type == EntryType::Symlink;
        throw Error(ErrorCode::Input,
                    fmt::format("the closure has the path {}, but {} is {} in the base", quote("/" + path),
                                quote("/" + directory),
                                link ? "a symbolic link to " + quote(there->linkTarget) : "no directory"),
                    link ? "give the path without the link" : "use another base");
    }

    store::FlatTree m_base;
    std::int64_t m_time;
    std::map<std::string, Entry> m_entries;
};

} // namespace

void requireClosureOptions(const BuildSpec& spec) {
    constexpr unsigned least = 2;
    constexpr unsigned most = 500;
    if (spec.layered && !spec.closure.exists())
        throw Error(ErrorCode::Usage, "--layered has no paths to divide",
                    "--closure FILE, or --nix-closure PATH");
    if (!spec.closure.file.empty() && !spec.closure.nixPaths.empty())
        throw Error(ErrorCode::Usage, "--closure and --nix-closure cannot be combined", "use one of them");
    if (spec.closure.nixDatabase && spec.closure.nixPaths.empty())
        throw Error(ErrorCode::Usage, "--nix-db has no paths to register", "--nix-closure PATH");
    if (spec.layered && spec.squash)
        throw Error(ErrorCode::Usage, "--layered and --squash contradict each other", "use one of them");
    if (spec.maxLayers < least || spec.maxLayers > most) {
        throw Error(ErrorCode::Usage, fmt::format("--max-layers {} is not from 2 to 500", spec.maxLayers),
                    "docker loads images of at most 127 layers");
    }
}

ClosureLayers::ClosureLayers(const BuildSpec& spec, CancelToken cancel)
    : m_spec(spec), m_cancel(std::move(cancel)), m_root(withoutSlash(spec.closure.root)) {
    if (spec.closure.nixPaths.empty()) {
        m_closure = readClosure(spec.closure.file);
    } else {
        m_registration = NixStore(m_root, m_cancel).registration(spec.closure.nixPaths);
        m_closure = parseRegistration(m_registration);
        sortClosure(m_closure);
        checkClosure(m_closure, "--nix-closure");
    }
    requirePresent(m_closure, m_root);
}

LayerPlan ClosureLayers::plan(const std::vector<image::BaseLayer>& base) const {
    LayerPlan plan{m_spec.maxLayers, m_closure.size(), {}};
    for (const auto& layer : base)
        plan.layers.push_back({PlannedLayer::Kind::Base, {}, 0, layer.diffId.str()});
    const bool contents = hasContents(m_spec);
    const bool script = m_spec.run.hasScripts();
    const auto taken = base.size() + (contents ? 1 : 0) + (script ? 1 : 0);
    if (m_spec.layered && taken + (m_closure.empty() ? 0 : 1) > plan.maxLayers) {
        throw Error(
            ErrorCode::Usage,
            fmt::format("--max-layers {} leaves no layer for the closure: the base has {}, contents and "
                        "script take {}",
                        plan.maxLayers, base.size(), taken - base.size()),
            "--max-layers with a larger number, at most 500; docker loads images of at most 127");
    }
    const auto divided = dividePaths(m_closure, m_spec.layered ? plan.maxLayers - taken : 1);
    plan.layers.insert(plan.layers.end(), divided.begin(), divided.end());
    if (contents) plan.layers.push_back({PlannedLayer::Kind::Contents, {}, 0, {}});
    if (script) plan.layers.push_back({PlannedLayer::Kind::Script, {}, 0, {}});
    return plan;
}

std::vector<image::BaseLayer> ClosureLayers::layers(const LayerPlan& plan,
                                                    const std::vector<image::BaseLayer>& base,
                                                    Observer& observer) const {
    const auto& run = m_spec.run;
    Parents parents(base, run.sourceDateEpoch.value_or(kDefaultEpoch), m_cancel, observer);
    for (const auto& each : m_closure)
        parents.add(each.path.substr(1));
    if (m_spec.closure.nixDatabase) parents.refuse("nix/var/nix/db/db.sqlite");
    const auto limit = run::LayerLimits::of(run).bytes;
    std::vector<image::BaseLayer> layers;
    for (const auto& planned : plan.layers) {
        if (planned.paths.empty()) continue;
        const image::Selection selection{relative(planned.paths), parents.entries(), editor(run),
                                         isStorePath};
        const auto open = [selection, root = m_root.empty() ? "/" : m_root, cancel = m_cancel] {
            return std::make_unique<image::DirectorySource>(root, selection, cancel);
        };
        layers.push_back(image::rereadLayer(open, nameOf(planned), limit));
    }
    return layers;
}

std::string ClosureLayers::madeBy(const PlannedLayer& layer) {
    const auto& path = escaped(layer.paths.front());
    if (layer.kind == PlannedLayer::Kind::Path) return "rootlayer: closure " + path;
    return fmt::format("rootlayer: closure, {} paths from {}", layer.paths.size(), path);
}

} // namespace rootlayer::builder
