#pragma once

#include <functional>
#include <string_view>

#include "guest-agent/pack/pack_times.hh"
#include "layer/tar_writer.hh"
#include "protocol/messages.hh"
#include "protocol/range.hh"

namespace rootlayer::guest {

/// Callbacks of the packer.
struct PackEvents {
    std::function<void(std::string_view)> warn;
    std::function<void()> tick; ///< called for every file
    /// The layer continues with this range of upper's disk; in order with the bytes for the writer's sink. If
    /// null, the sink gets all bytes.
    std::function<void(const protocol::Range&)> range = {};
    bool zeros = false; ///< whether `range` takes zeros too
    bool flags = false; ///< whether chattr's flags may be on the files of upper themselves
};

/// Changes of the script that a layer cannot hold, but that are not errors. `attributes`: files with extended
/// attributes that were dropped (T7). `times`: directories that are not in the layer, because only their time
/// was changed (W14).
struct PackLosses {
    protocol::Tally attributes;
    protocol::Tally times;
};

/// Turns overlayfs's upper directory into a canonical layer (docs/rules.md, W and T). `upper` holds the
/// script's changes; `lower` is the base alone, all its layers merged. Both are descriptors of directories,
/// not owned; nothing may change them meanwhile. Needs /proc, and root to see overlayfs's attributes. Memory
/// grows with the depth and the size of directories, and with the number of hard-linked files. Does not
/// finish the writer. Throws Error{Layer} naming what cannot be in a layer.
PackLosses packLayer(int upper, int lower, const PackTimes& times, layer::TarWriter& writer,
                     const PackEvents& events);

} // namespace rootlayer::guest
