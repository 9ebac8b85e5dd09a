#pragma once

#include <string_view>

#include <rootlayer/event.hh>

#include "image/base_image.hh"
#include "store/flat_tree.hh"

namespace rootlayer::builder {

/// Adds a layer of a base to the tree. `tar` is the result of its open(). For a layer that is not vouched
/// for, data after the end of the tar is an Error{Image}, and a missing end is a warning. `observer` may be
/// null.
void addBaseLayer(store::FlatTree& tree, const image::BaseLayer& layer, Source& tar, Observer* observer,
                  const store::OnTreeChange& onChange = {});

/// Warns if the tar of `what` has no proper end. `observer` may be null.
void warnOfEnd(const tar::TarEnd& end, std::string_view what, Observer* observer);

} // namespace rootlayer::builder
