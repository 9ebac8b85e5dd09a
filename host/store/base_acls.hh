#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layer/acl_list.hh"
#include "store/layer_tree.hh"
#include "store/lower_layers.hh"

namespace rootlayer::store {

/// The ACLs of a base, which its disks cannot hold (docs/layer-format.md).
struct BaseAcls {
    std::vector<layer::AclItem> items; ///< in the order of comparePaths(): a directory before what it holds
    std::uint64_t left = 0;            ///< so many more there are, beyond what a guest is told
};

/// The ACLs of one layer's names, after LayerTree::finish().
BaseAcls aclsOf(LayerTree& tree);

/// What is left of the ACLs of several layers, bottom first, when they are put on one another. `files` hold
/// encodeAcls() of each, "" where there are none. The guest keeps a copy of each file that has an ACL, so
/// their number and size are limited: 20,000 names, 4 MiB of ACLs, 2 MiB of content.
BaseAcls mergeAcls(const std::vector<ConvertedLayer>& layers, const std::vector<std::string>& files);

} // namespace rootlayer::store
