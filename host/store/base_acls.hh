#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layer/acl_list.hh"
#include "store/layer_tree.hh"
#include "store/lower_layers.hh"

namespace rootlayer::store {

/// The ACLs of a base, which a squashfs cannot hold (docs/layer-format.md).
struct BaseAcls {
    std::vector<layer::AclItem> items; ///< in comparePaths() order: a directory before its contents
    std::uint64_t left = 0;            ///< number of further ACLs, beyond the limits; not sent to the guest
};

/// The ACLs of one layer. Call after LayerTree::finish().
BaseAcls aclsOf(LayerTree& tree);

/// The ACLs that are visible in the merged layers, which are given bottom first. `files` are the paths of
/// each layer's encodeAcls() output, "" for a layer without ACLs. The guest keeps a copy of each file that
/// has an ACL, so their number and size are limited: 20,000 names, 4 MiB of ACLs, 2 MiB of content. `cancel`
/// may be null.
BaseAcls mergeAcls(const std::vector<ConvertedLayer>& layers, const std::vector<std::string>& files,
                   const CancelToken* cancel);

} // namespace rootlayer::store
