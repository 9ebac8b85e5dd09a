#include "builder/compared_tree.hh"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>

#include <rootlayer/error.hh>

#include "base/escape.hh"
#include "builder/layer_file.hh"
#include "builder/open_base.hh"
#include "image/base_image.hh"
#include "layer/order.hh"
#include "layer/whiteout.hh"
#include "oci/reference.hh"
#include "tar/entry_path.hh"

namespace rootlayer::builder {

namespace {

constexpr std::uint64_t kMaxWhiteouts = std::uint64_t{256} << 20; // bytes of their names

bool before(const std::string& one, const std::string& other) {
    return layer::compareLayerPaths(one, other) < 0;
}

layer::DigestedEntry whiteoutAt(const std::string& path) {
    layer::DigestedEntry whiteout{{}, sha256(std::string_view())};
    whiteout.entry.path = path;
    return whiteout;
}

} // namespace

ComparedTree::ComparedTree(const Settings& settings, const CancelToken& cancel)
    : m_settings(settings), m_cancel(cancel), m_digests(settings.temporaryDirectory),
      m_tree(&m_digests, &m_cancel) {
    m_tree.keepDigests();
}

void ComparedTree::read(const std::string& layerOrImage, const DiffOptions& options, const char* which) {
    try {
        if (namesLayerFile(layerOrImage)) {
            readLayer(layerOrImage);
        } else {
            readImage(layerOrImage, options);
        }
    } catch (Error& error) {
        error.addContext(fmt::format("{}, {}", which, quote(layerOrImage)));
        throw;
    }
    std::sort(m_whiteouts.begin(), m_whiteouts.end(), [this](const auto& one, const auto& other) {
        m_cancel.check();
        return before(one, other);
    });
    m_whiteouts.erase(std::unique(m_whiteouts.begin(), m_whiteouts.end()), m_whiteouts.end());
    m_cursor.emplace(m_tree);
    m_ahead = m_cursor->next();
}

void ComparedTree::readLayer(const std::string& path) {
    const auto tar = openLayerFile(path, m_cancel);
    m_tree.add(*tar, {}, [this](const layer::Entry& entry) { return take(entry); });
}

void ComparedTree::readImage(const std::string& reference, const DiffOptions& options) {
    const auto image = openBase(reference,
                                {.platform = oci::Platform::parse(options.platform),
                                 .tlsVerify = options.tlsVerify,
                                 .cancel = m_cancel},
                                m_settings);
    std::size_t number = 0;
    for (const auto& layer : image->layers()) {
        try {
            ++number;
            m_tree.add(*layer.open());
        } catch (Error& error) {
            error.addContext(fmt::format("layer {} ({})", number, layer.diffId.str()));
            throw;
        }
    }
}

bool ComparedTree::take(const layer::Entry& entry) {
    if (!layer::isWhiteoutPath(entry.path)) return true;
    auto path = tar::joined(tar::entryPath(entry.path));
    const auto name = layer::baseName(path);
    // The tree ignores or refuses other reserved names.
    if (layer::isReservedWhiteout(name) && name != layer::kOpaqueMarker) return true;
    m_whiteoutBytes += path.capacity() + 3 * sizeof path; // the vector doubles
    if (m_whiteoutBytes > kMaxWhiteouts)
        throw Error(ErrorCode::Image,
                    fmt::format("the whiteouts of the layer need more than {} bytes", kMaxWhiteouts));
    m_whiteouts.push_back(std::move(path));
    return false;
}

std::optional<layer::DigestedEntry> ComparedTree::next() {
    m_cancel.check();
    const bool whiteouts = m_nextWhiteout < m_whiteouts.size();
    if (whiteouts && (!m_ahead || before(m_whiteouts[m_nextWhiteout], m_ahead->entry.path)))
        return whiteoutAt(m_whiteouts[m_nextWhiteout++]);
    auto entry = std::move(m_ahead);
    m_ahead = entry ? m_cursor->next() : std::nullopt;
    return entry;
}

} // namespace rootlayer::builder
