#pragma once

#include <functional>
#include <string_view>

#include "guest-agent/pack/pack_times.hh"
#include "layer/tar_writer.hh"
#include "protocol/messages.hh"
#include "protocol/range.hh"

namespace rootlayer::guest {

/// What the packer says while it works.
struct PackEvents {
    std::function<void(std::string_view)> warn;
    std::function<void()> tick; ///< called for every name
    /// The layer goes on with these bytes of the disk that upper lies on; in order with what the writer's
    /// sink gets. Null: it gets all bytes.
    std::function<void(const protocol::Range&)> range = {};
};

/// What the script changed that no layer holds, and that does not end a run: entries of the layer whose
/// attributes were dropped (T7), and those that are not in the layer because nothing else was changed (W14).
struct PackLosses {
    protocol::Tally attributes;
    protocol::Tally times;
};

/// Turns overlayfs's upper directory into a canonical layer (layer-rules W and T): what the script changed on
/// top of the merged lower directories, of which `lower` shows nothing but the base. Both are descriptors of
/// directories, not owned; nobody else may change them meanwhile. Needs /proc, and root to see overlayfs's
/// attributes. Memory grows with the depth and the size of directories, and with the number of hard-linked
/// files. Does not finish the writer. Throws Error{Layer} for what cannot be in a layer, naming it.
PackLosses packLayer(int upper, int lower, const PackTimes& times, layer::TarWriter& writer,
                     const PackEvents& events);

} // namespace rootlayer::guest
