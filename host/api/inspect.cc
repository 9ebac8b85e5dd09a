#include <cstdint>
#include <rootlayer/inspect.hh>

#include <array>
#include <charconv>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "builder/base_layers.hh"
#include "builder/open_base.hh"
#include "compress/compression.hh"
#include "image/base_image.hh"
#include "oci/field.hh"
#include "oci/reference.hh"
#include "store/flat_tree.hh"

namespace rootlayer {

namespace {

constexpr const char* kWhat = "the image's config";

std::string textOf(const Digest& digest) {
    return digest.empty() ? std::string() : digest.str();
}

/// The member names of an object, by which a config represents a set.
std::vector<std::string> keysOf(const Json* set) {
    std::vector<std::string> keys;
    if (set == nullptr) return keys;
    for (const auto& member : set->members())
        keys.push_back(member.name);
    return keys;
}

std::int64_t integerOf(const oci::Fields& fields, std::string_view field) {
    const auto* value = fields.find(field);
    if (value == nullptr) return 0;
    std::int64_t number = 0;
    const auto text = value->text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return number;
    throw Error(ErrorCode::Image, fmt::format("{} is not an integer", fields.where(field)));
}

std::optional<HealthcheckInfo> healthcheckOf(const Json* json) {
    if (json == nullptr) return std::nullopt;
    using std::chrono::nanoseconds;
    const oci::Fields fields(*json, std::string(kWhat) + ": Healthcheck");
    return HealthcheckInfo{fields.texts("Test"), nanoseconds(integerOf(fields, "Interval")),
                           nanoseconds(integerOf(fields, "Timeout")),
                           nanoseconds(integerOf(fields, "StartPeriod")), integerOf(fields, "Retries")};
}

void takeConfig(ImageInfo& info, const oci::ImageConfig& config) {
    const oci::Fields document(config.document(), kWhat);
    info.platform = config.platform().str();
    info.created = document.text("created");
    info.author = document.text("author");
    info.env = config.strings("Env");
    info.entrypoint = config.strings("Entrypoint");
    info.command = config.strings("Cmd");
    info.shell = config.strings("Shell");
    info.user = config.string("User");
    info.workdir = config.string("WorkingDir");
    info.stopSignal = config.string("StopSignal");
    info.ports = keysOf(config.runtime("ExposedPorts"));
    info.volumes = keysOf(config.runtime("Volumes"));
    info.labels = config.stringMap("Labels");
    info.healthcheck = healthcheckOf(config.runtime("Healthcheck"));
}

std::vector<HistoryInfo> historyOf(const oci::ImageConfig& config) {
    std::vector<HistoryInfo> history;
    const auto what = std::string(kWhat) + ": history";
    const auto nothing = Json::object();
    std::size_t layer = 0;
    for (const auto& entry : oci::Fields(config.document(), kWhat).items("history")) {
        const oci::Fields fields(entry.isNull() ? nothing : entry, what);
        HistoryInfo step{fields.text("created"),
                         fields.text("created_by"),
                         fields.text("author"),
                         fields.text("comment"),
                         {}};
        const auto* empty = fields.find("empty_layer");
        const bool hasLayer = empty == nullptr || empty->text() != "true";
        if (hasLayer && layer < config.diffIds().size())
            step.layer = layer++; // the history may have more layers than there are
        history.push_back(std::move(step));
    }
    return history;
}

compress::Compression compressionOf(const image::BaseLayer& layer) {
    std::array<char, compress::kMagicSize> magic{};
    const auto got = readFully(*layer.openStored(), magic);
    return compress::detectCompression({magic.data(), got});
}

const char* name(compress::Compression compression) {
    switch (compression) {
    case compress::Compression::None:
        return "none";
    case compress::Compression::Gzip:
        return "gzip";
    case compress::Compression::Zstd:
        return "zstd";
    case compress::Compression::Xz:
        return "xz";
    case compress::Compression::Bzip2:
        return "bzip2";
    }
    return "";
}

LayerInfo infoOf(const image::BaseLayer& layer) {
    LayerInfo info{layer.diffId.str(), textOf(layer.storedDigest), {}, layer.sizeHint, {}, {}};
    const auto compression = compressionOf(layer);
    info.compression = name(compression);
    if (compression != compress::Compression::None) return info;
    info.bytes = info.storedBytes;
    info.digest = info.diffId;
    return info;
}

/// Counts the bytes that are read through it.
class CountingSource final : public Source {
  public:
    explicit CountingSource(Source& source) : m_source(source) {}
    std::size_t read(std::span<char> buffer) override {
        const auto got = m_source.read(buffer);
        m_bytes += got;
        return got;
    }
    std::uint64_t bytes() const { return m_bytes; }

  private:
    Source& m_source;
    std::uint64_t m_bytes = 0;
};

LayerChange::Kind kindOf(store::TreeChange::Kind kind) {
    switch (kind) {
    case store::TreeChange::Kind::Added:
        return LayerChange::Kind::Added;
    case store::TreeChange::Kind::Changed:
        return LayerChange::Kind::Changed;
    case store::TreeChange::Kind::Removed:
        break;
    }
    return LayerChange::Kind::Removed;
}

void count(LayerChanges& sum, const store::TreeChange& change) {
    switch (kindOf(change.kind)) {
    case LayerChange::Kind::Added:
        sum.added += change.names;
        sum.addedBytes += change.bytes;
        break;
    case LayerChange::Kind::Changed:
        sum.changed += change.names;
        sum.changedBytes += change.bytes;
        break;
    case LayerChange::Kind::Removed:
        sum.removed += change.names;
        sum.removedBytes += change.bytes;
        break;
    }
}

/// Bytes of the paths of InspectOptions::listChanges, of all layers: each may replace the whole tree.
constexpr std::uint64_t kMaxListed = std::uint64_t{1} << 30;

void readLayers(const image::BaseImage& image, ImageInfo& info, bool list, const CancelToken& cancel) {
    store::FlatTree tree(nullptr, &cancel);
    std::uint64_t listed = 0;
    for (std::size_t at = 0; at < info.layers.size(); ++at) {
        auto& layer = info.layers[at];
        auto& changes = layer.changes.emplace();
        try {
            const auto& base = image.layers()[at];
            const auto opened = base.open();
            CountingSource tar(*opened);
            builder::addBaseLayer(tree, base, tar, nullptr, [&](const store::TreeChange& told) {
                count(changes, told);
                if (list) {
                    listed += told.path.capacity() + sizeof(LayerChange);
                    if (listed > kMaxListed) {
                        throw Error(ErrorCode::Image,
                                    fmt::format("the list of changes needs more than {} bytes", kMaxListed),
                                    "list the layers without the changed paths");
                    }
                }
                if (list) changes.list.push_back({kindOf(told.kind), told.path, told.names, told.bytes});
            });
            layer.bytes = tar.bytes();
        } catch (Error& error) {
            error.addContext(fmt::format("layer {} ({})", at + 1, layer.diffId));
            throw;
        }
    }
}

} // namespace

ImageInfo inspect(const std::string& image, const Settings& settings, const InspectOptions& options,
                  const CancelToken& cancel) {
    const auto opened = builder::openBase(image,
                                          {.platform = oci::Platform::parse(options.platform),
                                           .tlsVerify = options.tlsVerify,
                                           .cancel = cancel},
                                          settings);
    ImageInfo info;
    info.names = opened->names();
    info.manifestDigest = textOf(opened->manifestDigest());
    info.configDigest = textOf(opened->configDigest());
    takeConfig(info, opened->config());
    for (const auto& layer : opened->layers())
        info.layers.push_back(infoOf(layer));
    info.history = historyOf(opened->config());
    try {
        if (options.readLayers) readLayers(*opened, info, options.listChanges, cancel);
    } catch (Error& error) {
        error.addContext("the image " + quote(image));
        throw;
    }
    return info;
}

} // namespace rootlayer
