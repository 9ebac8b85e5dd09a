#include <cstdint>
#include <rootlayer/verify.hh>

#include <fmt/format.h>
#include <optional>
#include <set>

#include <rootlayer/error.hh>

#include "audit/layer_audit.hh"
#include "base/escape.hh"
#include "base/file.hh"
#include "builder/layer_file.hh"
#include "builder/open_base.hh"
#include "compress/compression.hh"
#include "image/base_image.hh"
#include "oci/reference.hh"

namespace rootlayer {

namespace {

using Report = std::function<void(const Deviation&)>;

std::string_view nameOf(std::string_view entry) {
    return entry.substr(0, entry.find('='));
}

class Verifier final {
  public:
    Verifier(const Report& report, const VerifyOptions& options, const CancelToken& cancel)
        : m_report(report), m_options(options), m_cancel(cancel) {}

    Verification layer(const std::string& path) {
        const auto tar = builder::openLayerFile(path, m_cancel);
        audit(*tar, 0);
        return std::move(m_result);
    }

    Verification image(const std::string& text, const Settings& settings) {
        m_result.image = true;
        const builder::OpenRequest request{.platform = oci::Platform::parse(m_options.platform),
                                           .tlsVerify = m_options.tlsVerify,
                                           .cancel = m_cancel};
        oci::Reference::parse(text); // an invalid reference is an error, not a finding
        std::unique_ptr<image::BaseImage> opened;
        // I9, because an image whose documents are invalid cannot be checked against other rules.
        unlessImage(0, "I9", [&] { opened = builder::openBase(text, request, settings); });
        if (!opened) return std::move(m_result);
        checkConfig(opened->config());
        for (const auto& layer : opened->layers())
            checkLayer(layer);
        return std::move(m_result);
    }

  private:
    void tell(const Deviation& deviation) {
        ++m_result.deviations;
        m_report(deviation);
    }

    /// Reports an error in the image as a finding. Other errors are thrown.
    template <typename Act>
    void unlessImage(std::uint64_t layer, const char* rule, const Act& act) {
        try {
            act();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::Image) throw;
            tell({.layer = layer, .rule = rule, .message = error.what()});
        }
    }

    std::function<void(const audit::LayerFault&)> reporter(std::uint64_t layer) {
        return [this, layer](const audit::LayerFault& fault) {
            tell({layer, fault.entry, fault.path, fault.rule, fault.message});
        };
    }

    void audit(Source& tar, std::uint64_t layer) {
        const auto audit = audit::auditLayer(tar, reporter(layer), m_cancel);
        ++m_result.layers;
        m_result.entries += audit.entries;
        m_result.diffIds.push_back(audit.diffId.str());
    }

    void checkConfig(const oci::ImageConfig& config) {
        checkHistory(config);
        std::set<std::string, std::less<>> names;
        for (const auto& entry : config.strings("Env")) {
            if (names.emplace(nameOf(entry)).second) continue;
            tell({.rule = "I2", .message = fmt::format("Env has {} more than once", quote(nameOf(entry)))});
        }
    }

    void checkHistory(const oci::ImageConfig& config);

    void checkLayer(const image::BaseLayer& layer) {
        const auto number = m_result.layers + 1;
        const auto told = m_result.deviations;
        unlessImage(number, "I13", [&] {
            const auto tar = layer.open();
            if (m_options.layersToo) return audit(*tar, number);
            const auto end = audit::auditEnd(*tar, reporter(number), m_cancel);
            ++m_result.layers;
            m_result.diffIds.push_back(end.diffId.str());
        });
        // Count a layer that could not be read to its end, so that the next one has the next number.
        if (m_result.layers < number && m_result.deviations > told) ++m_result.layers;
    }

    const Report& m_report;
    const VerifyOptions& m_options;
    const CancelToken& m_cancel;
    Verification m_result;
};

void Verifier::checkHistory(const oci::ImageConfig& config) {
    const auto* history = config.document().find("history");
    if (history == nullptr || !history->isArray() || history->items().empty()) return;
    std::size_t layers = 0;
    std::size_t number = 0;
    for (const auto& entry : history->items()) {
        ++number;
        if (entry.isNull())
            tell({.rule = "I1", .message = fmt::format("entry {} of the history is null", number)});
        const auto* empty = entry.find("empty_layer");
        if (empty == nullptr || empty->text() != "true") ++layers;
    }
    if (layers == config.diffIds().size()) return;
    tell({.rule = "I1",
          .message = fmt::format("the history has {} layers, but there are {} diff_ids", layers,
                                 config.diffIds().size())});
}

} // namespace

Verification verify(const std::string& layerOrImage, const Settings& settings, const Report& report,
                    const VerifyOptions& options, const CancelToken& cancel) {
    Verifier verifier(report, options, cancel);
    return builder::namesLayerFile(layerOrImage) ? verifier.layer(layerOrImage)
                                                 : verifier.image(layerOrImage, settings);
}

} // namespace rootlayer
