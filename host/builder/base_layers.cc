#include "builder/base_layers.hh"

#include <fmt/format.h>

namespace rootlayer::builder {

void addBaseLayer(store::FlatTree& tree, const image::BaseLayer& layer, Source& tar, Observer* observer,
                  const store::OnTreeChange& onChange) {
    const auto end = tree.add(tar, onChange);
    if (layer.vouched) return;
    tar::requireNothingAfter(end);
    warnOfEnd(end, fmt::format("the base layer {}", layer.diffId.str()), observer);
}

void warnOfEnd(const tar::TarEnd& end, std::string_view what, Observer* observer) {
    const auto warning = tar::warningOf(end, what);
    if (!warning.empty() && observer != nullptr)
        observer->onEvent({.kind = Event::Kind::Warning, .text = warning});
}

} // namespace rootlayer::builder
