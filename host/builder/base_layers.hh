#pragma once

#include <string_view>

#include <rootlayer/event.hh>

#include "image/base_image.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

/// Puts a layer of a base on the tree; `tar` is what its open() gave. Of a layer that nobody vouches for,
/// what follows the tar's end is refused (Error{Image}), and a missing end told; the observer may be null.
void addBaseLayer(store::FlatTree& tree, const image::BaseLayer& layer, Source& tar, Observer* observer,
                  const store::OnTreeChange& onChange = {});

/// Tells how the tar of `what` ends, unless as it should.
void warnOfEnd(const tar::TarEnd& end, std::string_view what, Observer* observer);

} // namespace rootlayer::builder
