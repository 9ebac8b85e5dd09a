#include "build/base_layers.hh"

#include <fmt/format.h>

namespace rootlayer::build {

void addBaseLayer(store::FlatTree& tree, const image::BaseLayer& layer, Source& tar, Observer* observer,
                  const store::OnTreeChange& onChange) {
    const auto end = tree.add(tar, onChange);
    if (layer.vouched) return;
    store::requireNothingAfter(end);
    warnOfEnd(end, fmt::format("the base layer {}", layer.diffId.str()), observer);
}

void warnOfEnd(const store::TarEnd& end, std::string_view what, Observer* observer) {
    const auto warning = store::warningOf(end, what);
    if (!warning.empty() && observer != nullptr)
        observer->onEvent({.kind = Event::Kind::Warning, .text = warning});
}

} // namespace rootlayer::build
